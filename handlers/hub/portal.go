package hub

import "context"

// PortalSettings are the portal's settings that need no restart.
type PortalSettings struct {
	NoEnd    bool // personal tokens may have no end
	LoginOff bool // no sign-in by password over the API
}

// PortalSettings gives the settings to an owner.
func (h *Hub) PortalSettings(ctx context.Context, a Actor) (s PortalSettings, err error) {
	if err := mayOwn(a, "see the portal's settings"); err != nil {
		return s, err
	}
	if s.NoEnd, err = h.NoEndAllowed(ctx); err != nil {
		return s, err
	}
	s.LoginOff, err = h.LoginOff(ctx)
	return s, err
}
