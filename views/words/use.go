package words

import "time"

// LastUse says when, from where and by which program something was used last; the zero time says
// "never used".
func LastUse(at time.Time, address, program string, now time.Time) string {
	if at.IsZero() {
		return "never used"
	}
	text := "last used " + Relative(at, now)
	if address != "" {
		text += " from " + address
	}
	if program != "" {
		text += " (" + program + ")"
	}
	return text
}
