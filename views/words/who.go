package words

import "strings"

// AdminsCan says which admins of a team can do something, such as "invite people". Without a name,
// the team has no active admin, and only an owner of the portal can do it.
func AdminsCan(names []string, what string) string {
	last := len(names) - 1
	switch last {
	case -1:
		return "An owner of the portal can " + what + "."
	case 0:
		return names[0] + ", admin of the team, can " + what + "."
	}
	return strings.Join(names[:last], ", ") + " or " + names[last] + ", admins of the team, can " + what + "."
}

// OnlyMakerCan says to another developer of the team who can do something with an app, such as
// "change it".
func OnlyMakerCan(what string) string {
	return "Only the developer who made the app, or an admin of the team, can " + what + "."
}

// OnlyAdminsCan says to a developer of the team who can do something with an app that has a scope
// only admins can give.
func OnlyAdminsCan(what string) string {
	return "The app has a scope that only admins can give, so only an admin of the team can " + what + "."
}
