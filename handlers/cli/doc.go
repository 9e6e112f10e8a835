// Package cli is the command line for operators: serve, user, team, app, keys, audit, migrate,
// backup, revoke-all and version.
//
// Commands open the same database as the server, with the same settings, and can run next to it.
// Each prints lines for people or, with --json, one JSON document. A failure is one sentence on
// standard error, with exit status 1, or 2 if the command line itself is wrong.
package cli
