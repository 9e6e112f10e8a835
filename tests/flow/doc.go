// Package flow walks whole paths through a server: pages as a browser without scripts sends
// them (flow of invitations, resets, apps, secrets, rights), and the command line as
// readable scenarios in testdata, next to the running server. It has only tests.
package flow
