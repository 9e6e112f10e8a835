// Package static holds what the browser loads: one style sheet, small ES modules, the icon sprite and the favicon.
// They are served at /static/{hash}/{file}, where the hash covers the whole folder, so that every answer is
// immutable and modules may import each other by relative path ("./copy.js"). Comments and indentation are for whoever
// reads the sources, and are left out of what is served.
//
// Decision: pages are plain forms that work without JavaScript, and modules only improve them. There is no framework and
// no bundler, so what is served is what is in this folder, within a budget before compression: 35 KB of CSS and 20 KB of
// JavaScript.
package static

import (
	"embed"
	"io/fs"
	"strings"
	"testing/fstest"
)

//go:embed *.css *.js *.svg
var sources embed.FS

// FS holds the files of this folder by their plain names, such as "app.css", as they are served.
var FS = served()

func served() fstest.MapFS {
	names, err := fs.Glob(sources, "*")
	if err != nil {
		panic("static: " + err.Error()) // the pattern is a constant
	}
	out := fstest.MapFS{}
	for _, name := range names {
		body, err := sources.ReadFile(name)
		if err != nil {
			panic("static: " + err.Error()) // the file is in the program
		}
		if !strings.HasSuffix(name, ".svg") {
			body = []byte(lean(string(body)))
		}
		out[name] = &fstest.MapFile{Data: body}
	}
	return out
}

// lean leaves out empty lines, indentation, and the lines that are a comment and nothing else. No file has a string
// over several lines, whose inside this would change.
func lean(source string) string {
	var out strings.Builder
	for line := range strings.Lines(source) {
		line = strings.TrimSpace(line)
		comment := strings.HasPrefix(line, "//") || strings.HasPrefix(line, "/*") && strings.HasSuffix(line, "*/")
		if line != "" && !comment {
			out.WriteString(line + "\n")
		}
	}
	return out.String()
}
