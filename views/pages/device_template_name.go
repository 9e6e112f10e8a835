package pages

import (
	"strings"

	"gatepost/views/ui"
)

// NoTemplate is the template field's value for the devices without a template: no guid is named so.
const NoTemplate = " "

// TemplateName is a device template that a device names. One that the team doesn't have has only a GUID.
type TemplateName struct{ GUID, Name, Code string }

func (t TemplateName) href() string { return "/team/device-templates/" + t.GUID }

// Label tells templates of one name apart.
func (t TemplateName) Label() string {
	if t.Name == "" {
		return "Unknown (" + t.GUID + ")"
	}
	return t.Name + " (" + t.Code + ")"
}

// TemplateNames are the templates to choose from.
type TemplateNames []TemplateName

// Of returns the template that a device names.
func (ts TemplateNames) Of(guid string) TemplateName {
	for _, t := range ts {
		if strings.EqualFold(t.GUID, guid) {
			return t
		}
	}
	return TemplateName{GUID: guid}
}

// options are all templates after one without a value, and the chosen one if it isn't known.
func (ts TemplateNames) options(none, chosen string) []ui.Option {
	out := []ui.Option{{Label: none}}
	for _, t := range ts {
		out = append(out, ui.Option{Value: t.GUID, Label: t.Label()})
	}
	if chosen != "" && chosen != NoTemplate && ts.Of(chosen).Name == "" {
		out = append(out, ui.Option{Value: chosen, Label: ts.Of(chosen).Label()})
	}
	return out
}

// filter are the options of a list's filter.
func (ts TemplateNames) filter(chosen string) []ui.Option {
	out := ts.options("Any template", chosen)
	return append([]ui.Option{out[0], {Value: NoTemplate, Label: "Without a template"}}, out[1:]...)
}
