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
	// ErrAssertion says that a client assertion isn't valid. Its cause is for the log.
	ErrAssertion = errors.New("keys: not a valid client assertion")
	// ErrUnknownKey says that none of the known keys signed the assertion: the client may have
	// newer ones.
	ErrUnknownKey = errors.New("keys: no key of the client matches its assertion")
)

// maxAssertion bounds the assertions that ReadAssertion accepts, in bytes.
const maxAssertion = 16 * 1024

// assertionAlgorithms are the algorithms of client assertions. None of them is a MAC: the portal
// stores no client secret in the clear that it could verify one with.
var assertionAlgorithms = []jose.SignatureAlgorithm{jose.RS256, jose.PS256, jose.ES256, jose.EdDSA}

// AssertionAlgorithms lists the algorithms of client assertions, for the metadata.
func AssertionAlgorithms() []string {
	list := make([]string, len(assertionAlgorithms))
	for i, a := range assertionAlgorithms {
		list[i] = string(a)
	}
	return list
}

// Assertion is a parsed client assertion (RFC 7523 section 3). Until Verify has accepted its
// signature, nothing in it can be trusted.
type Assertion struct {
	Issuer, Subject, ID          string
	Audience                     Audience
	Expires, IssuedAt, NotBefore time.Time // zero if the claim is missing
	Malformed                    bool      // a claim has another type than RFC 7523's; only issuer and subject are set
	keyID                        string
	signed                       *jose.JSONWebSignature
}

// ReadAssertion parses a client assertion without verifying it. It returns ErrAssertion for a
// form, algorithm, type or claim that no client assertion has.
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
		return malformed(signed, header.KeyID)
	}
	a := &Assertion{Issuer: c.Issuer, Subject: c.Subject, ID: c.ID, Audience: c.Audience, keyID: header.KeyID, signed: signed}
	for _, date := range []struct {
		claim *float64
		at    *time.Time
	}{{c.Expires, &a.Expires}, {c.IssuedAt, &a.IssuedAt}, {c.NotBefore, &a.NotBefore}} {
		if date.claim == nil {
			continue
		}
		// Beyond that is another century: milliseconds, for example.
		*date.at = time.Unix(int64(min(max(*date.claim, 1), math.MaxInt32*2)), 0)
	}
	return a, nil
}

// malformed returns an assertion whose claims don't all have their types, with who says to have sent it.
func malformed(signed *jose.JSONWebSignature, keyID string) (*Assertion, error) {
	var c struct {
		Issuer  any `json:"iss"`
		Subject any `json:"sub"`
	}
	if err := json.Unmarshal(signed.UnsafePayloadWithoutVerification(), &c); err != nil {
		return nil, fmt.Errorf("%w: claims that are not a JSON object", ErrAssertion)
	}
	a := &Assertion{Malformed: true, keyID: keyID, signed: signed}
	a.Issuer, _ = c.Issuer.(string)
	a.Subject, _ = c.Subject.(string)
	return a, nil
}

// isAssertionType says whether a header's typ is that of a client assertion, and not that of
// another kind of JWT such as an access token (RFC 8725 section 3.11).
func isAssertionType(typ any) bool {
	if typ == nil {
		return true
	}
	name, ok := typ.(string)
	name = strings.TrimPrefix(strings.ToLower(name), "application/")
	return ok && (name == "jwt" || name == "client-authentication+jwt")
}

// Verify checks that a key of the JWK set signed the assertion: the one that its kid names or,
// without a kid, any. Keys that can't verify client assertions are skipped (RFC 7517 section
// 5). It returns ErrUnknownKey if a newer set may have the key, and ErrAssertion if the
// signature is wrong.
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
