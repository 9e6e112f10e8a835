package app

// For tests of package app_test.
var (
	Widens       = widens
	ReachChanges = reachChanges
)
