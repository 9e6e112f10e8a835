package hub

import "time"

// A user code of a device (RFC 8628) has about 34 random bits and lives for 15 minutes.
// These many wrong ones in that time leave nobody a chance of guessing one (section 5.1).
const (
	userCodeWindow     = 15 * time.Minute
	userCodesOfPerson  = 10
	userCodesOfAddress = 40 // several people may share one
	// requestsOfAddress is how many devices may ask for a code from one address: each leaves a
	// row until its code expires, and to ask takes no more than a public client's id.
	requestsOfAddress = 300
)

// GuessUserCode counts a user code that a person types, before it is looked up; too many
// give *Throttled. Who typed a right one calls right, which takes the try back.
func (h *Hub) GuessUserCode(a Actor) (right func(), err error) {
	limits := []limit{{"person " + a.ID, userCodesOfPerson, userCodeWindow}, {"address " + a.Address, userCodesOfAddress, userCodeWindow}}
	if wait := h.userCodes.take(limits...); wait > 0 {
		return nil, &Throttled{wait}
	}
	return func() { h.userCodes.giveBack(limits...) }, nil
}

// CountUserCodeRequest counts a device that asks for a code; too many give *Throttled.
func (h *Hub) CountUserCodeRequest(address string) error {
	return h.userCodes.Allow("device "+address, requestsOfAddress, userCodeWindow)
}
