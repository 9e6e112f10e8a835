package portal

import (
	"net/url"
	"slices"

	"gatepost/views/layout"
	"gatepost/views/ui"
)

// dropUnknown leaves a filter out of what an address asks for, and tells so on the page, if it has a value that
// the filter doesn't offer. what names the filter, as in "kind".
func dropUnknown(page *layout.Page, kept url.Values, name, what string, offered []ui.Option) {
	value := kept.Get(name)
	if value == "" || slices.ContainsFunc(offered, func(o ui.Option) bool { return o.Value == value }) {
		return
	}
	kept.Del(name)
	leftOut(page, what)
}

// leftOut tells that a filter was left out.
func leftOut(page *layout.Page, what string) {
	page.Flash = append(page.Flash, layout.Flash{Tone: "warn", Title: "Unknown " + what, Text: "The address of this page asks for a " + what + " that doesn't exist. The list isn't filtered by it."})
}
