// Package team holds the rules of teams: who belongs to one and in which role, invitations, and
// the limits that a team sets for its secrets and tokens. Package hub explains the terms, what
// its methods promise and which errors they return.
package team
