// Package sheet reads and writes CSV files as spreadsheets exchange them.
//
// It reads what Excel, LibreOffice and Numbers write: UTF-8 and UTF-16 with and without a byte order mark, Windows-1252,
// commas, semicolons and tabs, a first line such as sep=; (which Excel understands), and every line ending. It writes
// RFC 4180 in UTF-8 with a byte order mark, without which Excel takes a file for Windows-1252.
//
// No cell that it writes runs as a formula, whichever separator the spreadsheet expects (OWASP, CSV Injection). Reading
// undoes that, so that a file that was exported can be imported.
package sheet
