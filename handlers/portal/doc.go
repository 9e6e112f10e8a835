// Package portal answers people: the pages of sign-in, dashboard, user section, apps and
// their secrets, team, owner, playground and docs. Each handler asks hub (may they? do it),
// fills a view model and renders a page of views/pages. handlers/routes.go has the addresses;
// the models in views/pages name the fields of the forms.
//
// A file is named by the noun of its page, in the singular, and views/pages has the same page
// under the same name: secret_rotate.go fills pages.SecretRotate of views/pages/secret_rotate.go.
//
// A form that changes what others can change too goes through saveEdit (edit.go): it sends the version
// that it showed, and if something else was saved by then it comes back with both values.
//
// Decision: the version is a digest of each field, not a number of the row. Forms of one row don't get
// in each other's way, a change that was taken back is none, rows need no column, and three values
// (shown, typed, saved) tell who changed what.
//
// Six terms name how people get in, here and in package web, hub and the pages:
//   - sign in: to open a session, with a password or a passkey (/login)
//   - second factor: what is asked after a password, a code of an authenticator app, a passkey
//     or a recovery code (/login/second), and what people set up for that (/account/security)
//   - step up: to show password or passkey again, in a session, before something sensitive
//     (/confirm)
//   - reset: a new password, by a link in a mail (/forgot, /reset); or a second factor that an
//     owner takes away from someone who has lost it
//   - recovery: the codes that replace a lost second factor, ten at a time, each once
//   - vendor login: to get a token with a password over the API, as the iotconnect dialect does
package portal
