package ui

func teamTabs(current string, all bool) TabLinks {
	tab := func(label, key string) TabLink {
		return TabLink{Label: label, Href: "/team/" + key, Current: current == key}
	}
	items := []TabLink{tab("Members", "members"), tab("Devices", "devices"), tab("Rotation", "rotation"), tab("Refused requests", "failures")}
	if all {
		items = append(items, tab("Audit", "audit"), tab("Settings", "settings"))
	}
	return TabLinks{Label: "Team", Items: items}
}
