package keys

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
)

var (
	// ErrAssertion says that a client assertion is not to be trusted. Its cause is for the log.
	ErrAssertion = errors.New("keys: not a good client assertion")
	// ErrUnknownKey says that none of the keys at hand signed the assertion: the client may
	// have newer ones.
	ErrUnknownKey = errors.New("keys: no key of the client fits its assertion")
)

// maxAssertion bounds what ReadAssertion looks at, in bytes.
const maxAssertion = 16 * 1024

// assertionAlgorithms are those of client assertions. None of them is a MAC: the portal
// keeps no client secret in the clear that it could check one with.
var assertionAlgorithms = []jose.SignatureAlgorithm{jose.RS256, jose.PS256, jose.ES256, jose.EdDSA}

// AssertionAlgorithms lists the algorithms of client assertions, for the metadata.
func AssertionAlgorithms() []string {
	list := make([]string, len(assertionAlgorithms))
	for i, a := range assertionAlgorithms {
		list[i] = string(a)
	}
	return list
}

// Assertion is a client assertion (RFC 7523 section 3) that has been read. Until Verify has
// found its signature good, all it says is a stranger's word.
type Assertion struct {
	Issuer, Subject, ID          string
	Audience                     Audience
	Expires, IssuedAt, NotBefore time.Time // zero: not there
	keyID                        string
	signed                       *jose.JSONWebSignature
}

// ReadAssertion reads a client assertion, without trust. A form, algorithm, type or claim
// that no client assertion has gives ErrAssertion.
func ReadAssertion(text string) (*Assertion, error) {
	if len(text) > maxAssertion {
		return nil, fmt.Errorf("%w: longer than %d bytes", ErrAssertion, maxAssertion)
	}
	signed, err := jose.ParseSignedCompact(text, assertionAlgorithms)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrAssertion, err)
	}
	header := signed.Signatures[0].Protected
	if !isAssertionType(header.ExtraHeaders[jose.HeaderType]) {
		return nil, fmt.Errorf("%w: typ is that of another kind of token", ErrAssertion)
	}
	var c struct {
		Issuer    string   `json:"iss"`
		Subject   string   `json:"sub"`
		ID        string   `json:"jti"`
		Audience  Audience `json:"aud"`
		Expires   *float64 `json:"exp"`
		IssuedAt  *float64 `json:"iat"`
		NotBefore *float64 `json:"nbf"`
	}
	if err := json.Unmarshal(signed.UnsafePayloadWithoutVerification(), &c); err != nil {
		return nil, fmt.Errorf("%w: claims that are not those of RFC 7523", ErrAssertion)
	}
	a := &Assertion{Issuer: c.Issuer, Subject: c.Subject, ID: c.ID, Audience: c.Audience, keyID: header.KeyID, signed: signed}
	for _, date := range []struct {
		claim *float64
		at    *time.Time
	}{{c.Expires, &a.Expires}, {c.IssuedAt, &a.IssuedAt}, {c.NotBefore, &a.NotBefore}} {
		if date.claim == nil {
			continue
		}
		if *date.claim < 1 || *date.claim > math.MaxInt32*2 {
			return nil, fmt.Errorf("%w: a time outside of this century", ErrAssertion)
		}
		*date.at = time.Unix(int64(*date.claim), 0)
	}
	return a, nil
}

// assertionType says whether a header typ is one of a client assertion: what says of itself
// that it is something else (an access token, say) is no such (RFC 8725 section 3.11).
func isAssertionType(typ any) bool {
	if typ == nil {
		return true
	}
	name, ok := typ.(string)
	name = strings.TrimPrefix(strings.ToLower(name), "application/")
	return ok && (name == "jwt" || name == "client-authentication+jwt")
}

// Verify says whether a key of the set signed the assertion: the one that its kid names or,
// without a kid, any. Members of the set that can't verify client assertions are passed
// over (RFC 7517 section 5). ErrUnknownKey means that another set may hold the key,
// ErrAssertion that the signature is wrong.
func (a *Assertion) Verify(set []byte) error {
	var list struct{ Keys []json.RawMessage }
	if err := json.Unmarshal(set, &list); err != nil || len(list.Keys) > maxPublicKeys {
		return fmt.Errorf("%w: the client's keys are not a JWK set of at most %d", ErrUnknownKey, maxPublicKeys)
	}
	algorithm := a.signed.Signatures[0].Protected.Algorithm
	named := false
	for _, raw := range list.Keys {
		k, err := readPublic(raw)
		if err != nil || !canVerify(algorithm, k) || a.keyID != "" && a.keyID != k.KeyID {
			continue
		}
		named = a.keyID != ""
		if _, err := a.signed.Verify(k.Key); err == nil {
			return nil
		}
	}
	if named {
		return fmt.Errorf("%w: the signature is wrong", ErrAssertion)
	}
	return ErrUnknownKey
}
