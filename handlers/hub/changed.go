package hub

import "reflect"

// ErrChanged refuses a change of something that has no sentence of its own.
const ErrChanged = Refusal("This was changed since you read it. Read it again, then resend your change.")

// Changed refuses a change of something that is no longer as the caller saw it. Now is its state, as
// the transaction found it.
type Changed struct {
	Refusal
	Now any
}

// Unwrap returns the refusal, which says what was changed.
func (e *Changed) Unwrap() error { return e.Refusal }

// CheckSeen returns *Changed if now, which the transaction has locked, isn't what the caller saw. A nil
// seen accepts any state.
func CheckSeen[T any](seen *T, now T, refusal Refusal) error {
	if seen != nil && !reflect.DeepEqual(*seen, now) {
		return &Changed{refusal, now}
	}
	return nil
}
