package words

// ConsentAgain says why a person who has allowed an app before is asked once more, by the kinds of
// grant.Again; empty for any other.
func ConsentAgain(why string) string {
	switch why {
	case "team":
		return "You're asked again because the app has moved to another team since you allowed it."
	case "redirect_uris":
		return "You're asked again because the app's redirect URIs have changed since you allowed it."
	case "scopes":
		return "You're asked again because the app can now ask for more than when you allowed it."
	case "return":
		return "You're asked again because the app now sends you back to a different address."
	case "no_team":
		return "You're asked again because you've left every team that you let the app reach."
	}
	return ""
}
