// Package cli is the portal's command line for operators: serve, user, team, app, keys, audit,
// migrate, backup, revoke-all, version.
// Commands open the same database as the server, by the same settings, and work while it
// runs. Each prints for people, or with --json one JSON document; failures go to standard
// error in one sentence, with exit status 1, or 2 when the command line itself is wrong.
package cli
