package words

// ConsentAgain says why a person who has allowed an app before is asked once more, by the kinds of
// grant.Again; empty for any other.
func ConsentAgain(why string) string {
	switch why {
	case "team":
		return "You are asked again because the app has moved to another team since you allowed it."
	case "redirect_uris":
		return "You are asked again because the app's redirect URIs have changed since you allowed it."
	case "scopes":
		return "You are asked again because the app can ask for more than when you allowed it."
	case "return":
		return "You are asked again because the app wants to send you back to another address than before."
	case "no_team":
		return "You are asked again because you are in none of the teams that you let the app reach."
	}
	return ""
}
