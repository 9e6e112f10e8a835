package hub

import (
	"slices"
	"strings"
)

// changing are the last words of scopes that let a program change things: write, apps:write, recordings_delete.
var changing = []string{"write", "post", "delete", "manage", "admin"}

// IsWriteScope says whether a scope lets a program change things, by the last word of its name. The catalogue says no
// more about that than names do.
func IsWriteScope(name string) bool {
	return slices.Contains(changing, name[strings.LastIndexAny(name, ":/._-")+1:])
}
