package pages

import (
	"context"
	"io"
	"time"

	"gatepost/views/layout"
)

// SigningKeys is GET /owner/keys.
type SigningKeys struct {
	layout.Page
	Keys      []SigningKeyRow // the next one first, then the one that signs, then older ones
	CanRotate bool
	Reason    string // why not: a next key is published already
}

// SigningKeyRow is a signing key that is published. State is "next" (signs from SignsFrom), "signs", or "verifies" (until
// PublishedUntil). A zero time is not known yet.
type SigningKeyRow struct {
	KID, Algorithm, State string
	Made                  time.Time
	SignsFrom, SignsUntil time.Time
	PublishedUntil        time.Time
}

// Render writes the page.
func (m SigningKeys) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Signing keys", layout.NavKeys, false)
	return signingKeys(m).Render(ctx, w)
}

func (k SigningKeyRow) badge() string {
	switch k.State {
	case "next":
		return "pending"
	case "signs":
		return "live"
	}
	return "none"
}

func (k SigningKeyRow) word() string {
	switch k.State {
	case "next":
		return "Published, signs next"
	case "signs":
		return "Signs"
	}
	return "Verifies only"
}

type keyFact struct {
	words string
	at    time.Time
}

// facts are the times of the key that are known, each after its words.
func (k SigningKeyRow) facts() (out []keyFact) {
	add := func(words string, at time.Time) {
		if !at.IsZero() {
			out = append(out, keyFact{words, at})
		}
	}
	add("made", k.Made)
	switch k.State {
	case "next":
		add("signs", k.SignsFrom)
	case "signs":
		add("signing since", k.SignsFrom)
		add("stops signing", k.SignsUntil)
	default:
		add("signed until", k.SignsUntil)
		add("leaves the JWKS", k.PublishedUntil)
	}
	return out
}

// SigningKeyRotate is GET and POST /owner/keys/rotate. Facts say what happens, and when.
type SigningKeyRotate struct {
	layout.Page
	Facts []string
}

// Render writes the page.
func (m SigningKeyRotate) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Rotate signing key", layout.NavKeys, false)
	return signingKeyRotate(m).Render(ctx, w)
}
