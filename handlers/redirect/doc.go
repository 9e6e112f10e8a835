// Package redirect owns the rules for redirect URIs: which ones an app can register, and whether
// the one in a request is registered (RFC 6749 section 3.1.2, RFC 8252 sections 7 and 8, RFC
// 9700 sections 2.1 and 4.1.3). It has no endpoints: package hub asks it when an app is edited,
// package grant when a client sends an authorization request.
//
// Decisions:
//   - Registered and received URIs are compared character by character. The only exception is
//     the port of a native app's loopback IP literal, which the operating system assigns.
//   - http is for the loopback interface only. localhost is allowed for development servers, but
//     with a fixed port.
//   - A native app's own scheme must be a reversed domain name, so that two apps are unlikely to
//     choose the same one.
package redirect
