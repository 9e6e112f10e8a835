// Package setup is the composition root that the server and the commands share: the settings
// (flags and GATEPOST_ variables) and the opening of a portal, which is its database, its key,
// its mailer and its rules. What serves HTTP is put together in package handlers.
package setup
