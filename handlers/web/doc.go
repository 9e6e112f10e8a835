// Package web is the HTTP edge that all audiences share: what happens to a request before
// its handler and to an error after it.
//
// Handlers return errors (HandlerFunc). A group of routes has one ErrorWriter: WritePage for
// people, WriteProblem for /api/v1 (RFC 9457), and those of package oauth for its clients.
// Around all of them go the request id, the log (one event a request, never a query
// string, a header or a body), panics, limits, CORS and security headers; around pages also
// the session, the cross-origin check and the content security policy.
//
// Terms for getting in: to sign in opens a session (session.go). A second factor is asked after
// a password; people from whom one is required are sent to set it up first (second_factor.go).
// To step up is to show password or passkey again, in a session, before something sensitive
// (step_up.go, the page /confirm). Reset, recovery and vendor login are described in package
// portal.
package web
