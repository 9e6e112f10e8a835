package words

import "time"

// Refused is a refused token request, as far as its true reason goes.
type Refused struct {
	Reason    string // such as secret_revoked
	Detail    string // the reason in words, where the values below add nothing
	Hint      string // last characters of the secret that was shown; empty: of none that is known
	Revoked   time.Time
	RevokedBy string
	Expires   time.Time
}

// Text is the true reason in words, as seen from now: "revoked secret ..k3f9, retired 3 d ago by Ana".
func (r Refused) Text(now time.Time) string {
	secret := "secret .." + r.Hint
	switch {
	case r.Hint == "":
		return r.Detail
	case r.Reason == "secret_revoked" && !r.Revoked.IsZero():
		text := "revoked " + secret + ", retired " + Ago(now.Sub(r.Revoked))
		if r.RevokedBy != "" {
			text += " by " + r.RevokedBy
		}
		return text
	case r.Reason == "secret_expired" && !r.Expires.IsZero() && !r.Expires.After(now):
		return secret + " expired " + Ago(now.Sub(r.Expires))
	case r.Reason == "drill":
		return secret + " was refused by a brownout drill"
	}
	return r.Detail
}
