package hub

// MayOwn lets owners and the operator pass; by a token only by a personal one, whose scope
// the endpoint has checked: no app owns the portal, whoever allowed it to act for them.
func MayOwn(a Actor, what string) error {
	if a.Kind == Operator || a.Kind == Person && a.Owner && (!a.ByToken() || a.Personal) {
		return nil
	}
	return &Forbidden{What: what, WhoCan: "An owner of the portal can do it, signed in or by a personal token."}
}

// OwnersOnly lets owners and the operator pass, whatever token they use.
func OwnersOnly(a Actor, what string) error {
	if a.Owner || a.Kind == Operator {
		return nil
	}
	return &Forbidden{What: what, WhoCan: OwnerCan}
}
