// Package ui is the vocabulary of the pages: button, field, table, card, dialog, copyable, badge and their kin. Each
// component is a plain struct that is a templ.Component, so a page writes @ui.Button{Label: "Revoke secret"}; one that
// wraps others has a method With, as in @ui.Card{Title: "Apps"}.With() { ... }. Components know nothing of people, apps
// or rights: pages hand them words and bools. /owner/components shows every component in every state.
//
// What several pages share is here too, as templ functions: the way back (Crumb), the tabs of a section (TeamHead,
// AccountTabs), the form before something is destroyed (Confirmation), and what someone sees who may not see a list
// (NoRight).
//
// No component writes an inline style or script; what a module of static/ needs travels in data attributes.
package ui
