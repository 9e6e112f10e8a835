// Package web is the HTTP edge that all audiences share: what happens to a request before
// its handler and to an error after it.
//
// Handlers return errors (HandlerFunc). A group of routes has one ErrorWriter: WritePage for
// people, WriteProblem for /api/v1 (RFC 9457), and those of package oauth for its clients.
// Around all of them stand the request id, the log (one event a request, never a query
// string, a header or a body), panics, limits, CORS and security headers; around pages also
// the session, the cross-origin check and the content security policy.
package web
