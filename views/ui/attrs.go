package ui

import (
	"strconv"

	"github.com/a-h/templ"
)

// fieldAttrs are the attributes that an input and a textarea share.
func fieldAttrs(f Field) templ.Attributes {
	a := templ.Attributes{
		"required": f.Required, "readonly": f.ReadOnly, "disabled": f.Off, "autofocus": f.Autofocus,
	}
	text := func(name, value string) {
		if value != "" {
			a[name] = value
		}
	}
	text("name", f.Name)
	text("autocomplete", f.Autocomplete)
	text("placeholder", f.Placeholder)
	text("aria-describedby", describedBy(f.id(), f.Hint, f.Error))
	if f.Error != "" {
		a["aria-invalid"] = "true"
	}
	if f.Mono {
		a["class"] = "mono"
		a["spellcheck"] = "false"
		a["autocapitalize"] = "none"
	}
	if f.MinLength > 0 {
		a["minlength"] = strconv.Itoa(f.MinLength)
	}
	if f.MaxLength > 0 {
		a["maxlength"] = strconv.Itoa(f.MaxLength)
	}
	return a
}
