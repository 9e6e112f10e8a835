// Package pages holds the portal's pages, one model each: a plain struct that embeds layout.Page, is filled by a
// handler, and is a templ.Component, so that a handler answers with pages.SignIn{...}.Render(ctx, w). Models carry words,
// bools and times; who may do what is decided before (CanRotate, never a role compared here). Times are rendered by
// package ui as seen from Page.Now.
//
// Forms post to the addresses of the route table under these field names, and are complete without script.
package pages
