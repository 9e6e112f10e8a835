package words

import "strings"

// List returns names as a sentence lists them: "a", "a and b", "a, b and c", and "a, b and 7 more" beyond most.
func List(names []string, most int) string {
	if len(names) > most {
		names = append(names[:most:most], Count(len(names)-most, "more", "more"))
	}
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}
