// Package team holds the rules of teams: members and their roles, invitations, and the limits that a
// team sets for its secrets and API tokens. Package hub explains the terms, what methods promise and
// which errors they return.
package team
