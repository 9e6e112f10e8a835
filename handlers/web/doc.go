// Package web is the HTTP edge that all audiences share: what happens to a request before
// its handler and to an error after it.
//
// Handlers return errors (HandlerFunc). A group of routes has one ErrorWriter: WritePage for
// people, WriteProblem for /api/v1 (RFC 9457), and those of package oauth for its clients.
// All of them are wrapped by the request id, the log (one event a request, never a query
// string, a header or a body), panics, limits, CORS and security headers; pages also by the
// session, the cross-origin check and the content security policy.
//
// Decisions:
//   - Sessions are gorilla/sessions with a store of our own over a table. The cookie is
//     "id.secret" and the row has the secret's SHA-256, so reading the database signs nobody
//     in. SameSite is set explicitly, because gorilla's default is None.
//   - Forms of other sites are refused by http.CrossOriginProtection (Sec-Fetch-Site, Origin)
//     on the groups that take a cookie, and no GET changes anything. There are no tokens in
//     forms: gorilla/csrf has a hole without a fix (CVE-2025-47909).
//   - The content security policy allows nothing inline and nothing from elsewhere. Browsers
//     apply form-action to every redirect behind a form, so the pages on the way to a client,
//     and they alone, add that client's redirect address to it (AllowForm).
//   - What needs fresh proof of who somebody is (step-up) is a property of a route's group,
//     so that the table of routes shows it and a sweep can check it.
package web
