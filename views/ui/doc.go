// Package ui is the vocabulary of the pages: button, field, table, card, dialog, copyable, badge and their kin. Each
// component is a plain struct that is a templ.Component, so a page writes @ui.Button{Label: "Revoke secret"}; one that
// wraps others has a method With, as in @ui.Card{Title: "Apps"}.With() { ... }. Components know nothing of people, apps
// or rights: pages hand them words and bools. Every component in every state stands on /owner/components.
//
// No component writes an inline style or script; what a module of static/ needs travels in data attributes.
package ui
