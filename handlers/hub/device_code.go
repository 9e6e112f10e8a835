package hub

import "time"

// A user code (RFC 8628) has about 34 random bits and expires after 15 minutes. With so few wrong
// ones in that time, guessing one is hopeless (section 5.1).
const (
	userCodeWindow     = 15 * time.Minute
	userCodesOfPerson  = 10
	userCodesOfAddress = 40 // several people can share one
	// requestsOfAddress is how many device codes an address can request. Each adds a row until the
	// code expires, and a request needs no more than a public client's id.
	requestsOfAddress = 300
)

// GuessUserCode counts a user code that a person enters, before it is looked up, or returns
// *Throttled. Call right if the code was right: only wrong ones count.
func (h *Hub) GuessUserCode(a Actor) (right func(), err error) {
	limits := []limit{{"person " + a.ID, userCodesOfPerson, userCodeWindow}, {"address " + a.Address, userCodesOfAddress, userCodeWindow}}
	if wait := h.userCodes.take(limits...); wait > 0 {
		return nil, &Throttled{wait}
	}
	return func() { h.userCodes.giveBack(limits...) }, nil
}

// CountUserCodeRequest counts a request for a device code, or returns *Throttled.
func (h *Hub) CountUserCodeRequest(address string) error {
	return h.userCodes.Allow("device "+address, requestsOfAddress, userCodeWindow)
}
