// Package static holds what the browser loads: one style sheet, small ES modules, the icon sprite and the favicon.
// They are served at /static/{hash}/{file}, where the hash covers the whole folder, so that every answer is
// immutable and modules may import each other by relative path ("./copy.js"). Budget, before compression: 35 KB of
// CSS and 20 KB of JavaScript.
package static

import "embed"

// FS holds the files of this folder by their plain names, such as "app.css".
//
//go:embed *.css *.js *.svg
var FS embed.FS
