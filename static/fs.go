// Package static holds what the browser loads: style sheets, small ES modules, the icon sprite and the favicon.
// They are served at /static/{hash}/{file}, where the hash covers the whole folder, so that every answer is
// immutable and modules may import each other by relative path ("./copy.js"). Comments and indentation are for whoever
// reads the sources, and are left out of what is served. The sheet that every page loads, app.css, is written in parts
// by subject, in the folder css, and served as one file.
//
// Decision: pages are plain forms that work without JavaScript, and modules only improve them. There is no framework and
// no bundler, so what is served is what is in this folder, within a budget before compression: 35 KB of CSS and 20.5 KB of
// JavaScript.
package static

import (
	"embed"
	"io/fs"
	"strings"
	"testing/fstest"
)

//go:embed *.css *.js *.svg css
var sources embed.FS

// sheetParts are the parts of app.css in their order: the first says which layer is stronger than which.
var sheetParts = []string{"css/tokens.css", "css/base.css", "css/layout.css", "css/components.css", "css/pages.css"}

// FS holds the files by their plain names, such as "app.css", as they are served.
var FS = served()

func served() fstest.MapFS {
	names, err := fs.Glob(sources, "*.*")
	if err != nil {
		panic("static: " + err.Error()) // the pattern is a constant
	}
	out := fstest.MapFS{}
	for _, name := range names {
		out[name] = &fstest.MapFile{Data: source(name)}
	}
	var sheet []byte
	for _, part := range sheetParts {
		sheet = append(sheet, source(part)...)
	}
	out["app.css"] = &fstest.MapFile{Data: sheet}
	return out
}

// source returns a file of this folder as it is served.
func source(name string) []byte {
	body, err := sources.ReadFile(name)
	if err != nil {
		panic("static: " + err.Error()) // the file is in the program
	}
	if strings.HasSuffix(name, ".svg") {
		return body
	}
	return []byte(lean(string(body)))
}

// lean leaves out empty lines, indentation, and the lines that are a comment and nothing else. No file has a string
// over several lines, whose inside this would change.
func lean(text string) string {
	var out strings.Builder
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		comment := strings.HasPrefix(line, "//") || strings.HasPrefix(line, "/*") && strings.HasSuffix(line, "*/")
		if line != "" && !comment {
			out.WriteString(line + "\n")
		}
	}
	return out.String()
}
