// Package account holds the rules of people's accounts: activation, signing in, second factors,
// passkeys, stepping up, password, reset and recovery, email address, sessions and personal
// tokens. Package hub explains the terms, what methods promise and which errors they return.
package account
