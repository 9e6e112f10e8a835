package pages

import (
	"context"
	"io"
	"time"

	"gatepost/views/layout"
	"gatepost/views/ui"
)

// SigningKeys is GET /owner/keys.
type SigningKeys struct {
	layout.Page
	Keys      []KeyRow // the next one first, then the one that signs, then older ones
	CanRotate bool
	Reason    string // why not: a next key is published already
}

// KeyRow is a signing key that is published. State is "next" (signs from SignsFrom), "signs", or "verifies" (until
// PublishedUntil). A zero time is not known yet.
type KeyRow struct {
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

func (k KeyRow) badge() string {
	switch k.State {
	case "next":
		return "pending"
	case "signs":
		return "live"
	}
	return "none"
}

func (k KeyRow) word() string {
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
func (k KeyRow) facts() (out []keyFact) {
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
		add("signs since", k.SignsFrom)
		add("stops signing", k.SignsUntil)
	default:
		add("signed until", k.SignsUntil)
		add("leaves the JWKS", k.PublishedUntil)
	}
	return out
}

// KeyRotate is GET and POST /owner/keys/rotate. Facts say what happens, and when.
type KeyRotate struct {
	layout.Page
	Facts []string
}

// Render writes the page.
func (m KeyRotate) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Rotate signing key", layout.NavKeys, false)
	return keyRotate(m).Render(ctx, w)
}

// OwnerAPIs is GET and POST /owner/apis: fields name, audience.
type OwnerAPIs struct {
	layout.Page
	Rows           []APIRow
	Issuer         string // the audience of the portal's own API
	Name, Audience string
	Errors         ui.Errors
}

// APIRow is an API that takes this portal's tokens.
type APIRow struct {
	ID, Name, Audience string
	Documented         bool // it has an OpenAPI document
	Made               time.Time
}

// Render writes the page.
func (m OwnerAPIs) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("APIs", layout.NavAPIs, len(m.Errors) > 0)
	return ownerAPIs(m).Render(ctx, w)
}

// APIRemove is GET and POST /owner/apis/{id}/remove.
type APIRemove struct {
	layout.Page
	Row   APIRow
	Facts []string
}

// Render writes the page.
func (m APIRemove) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Remove "+m.Row.Name, layout.NavAPIs, false)
	return apiRemove(m).Render(ctx, w)
}

// OwnerSettings is GET and POST /owner/settings: fields personal_tokens_without_end and
// iotconnect_off; POST /owner/settings/second-factor.
type OwnerSettings struct {
	layout.Page
	NoEnd         bool
	LoginOff      bool // people can't sign in by password over the API
	LongPasswords bool // new passwords need 15 characters

	SecondFactor SecondFactorRule
}

// Render writes the page.
func (m OwnerSettings) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Portal settings", layout.NavPortal, false)
	return ownerSettings(m).Render(ctx, w)
}
