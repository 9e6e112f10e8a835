package keys

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
)

const (
	// tokenType is the header typ of access tokens (RFC 9068 section 2.1).
	tokenType = "at+jwt"
	// maxToken bounds what Verify looks at, in bytes.
	maxToken = 16 * 1024
)

// ErrToken says that a token is none that this portal signed. Its cause is for the log.
var ErrToken = errors.New("keys: not a token of this portal")

// Sign gives the token with these claims, signed by the key whose time it is. It writes the
// compact form itself: the header is the same for all tokens of a key, and the library
// would make it anew, twice, for each.
func (r *Ring) Sign(claims any) (string, error) {
	k, err := r.current().signing(r.now())
	if err != nil {
		return "", err
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", fmt.Errorf("keys: Sign: %w", err)
	}
	token := base64.RawURLEncoding.AppendEncode([]byte(k.header), payload)
	signature, err := k.sign(token)
	if err != nil {
		return "", fmt.Errorf("keys: Sign: %w", err)
	}
	token = base64.RawURLEncoding.AppendEncode(append(token, '.'), signature)
	return string(token), nil
}

// Verify checks that a published key of this portal signed the token as an access token,
// and gives its claims. Times and audience are the caller's to check. Everything that a
// forger could steer by (alg, jwk, jku, x5u, crit) is refused rather than read: the key is
// found by its id among our own, and alg must be that key's (RFC 8725 sections 3.1, 3.10).
func (r *Ring) Verify(token string) ([]byte, error) {
	if err := wellFormed(token); err != nil {
		return nil, err
	}
	parsed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.RS256, jose.ES256, jose.EdDSA})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrToken, err)
	}
	header := parsed.Signatures[0].Protected
	k := r.lookup(header.KeyID)
	if k == nil {
		return nil, fmt.Errorf("%w: unknown key id", ErrToken)
	}
	if header.Algorithm != k.algorithm {
		return nil, fmt.Errorf("%w: alg is not its key's", ErrToken)
	}
	payload, err := parsed.Verify(k.public.Key)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrToken, err)
	}
	return payload, nil
}

// wellFormed refuses what a lenient decoder would let through as a second spelling of a
// signed token (line feeds, padding, unused bits that are not zero), and headers that Sign
// does not write.
func wellFormed(token string) error {
	if len(token) > maxToken || strings.ContainsAny(token, "\r\n") || strings.Count(token, ".") != 2 {
		return fmt.Errorf("%w: not three parts of base64url", ErrToken)
	}
	var first []byte
	for part := range strings.SplitSeq(token, ".") {
		raw, err := base64.RawURLEncoding.Strict().DecodeString(part)
		if err != nil || part == "" {
			return fmt.Errorf("%w: not three parts of base64url", ErrToken)
		}
		if first == nil {
			first = raw
		}
	}
	var header struct{ Alg, Kid, Typ string }
	d := json.NewDecoder(bytes.NewReader(first))
	d.DisallowUnknownFields()
	if err := d.Decode(&header); err != nil {
		return fmt.Errorf("%w: a header that this portal does not write", ErrToken)
	}
	if !strings.EqualFold(header.Typ, tokenType) && !strings.EqualFold(header.Typ, "application/"+tokenType) {
		return fmt.Errorf("%w: typ is not %s", ErrToken, tokenType)
	}
	return nil
}

// lookup finds a published key. An id that is not known may be that of a key which another
// process has just made, so the database is asked again, at most once a second.
func (r *Ring) lookup(id string) *key {
	now := r.now()
	if k := r.current().find(id); k != nil {
		return k.at(now)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if since := now.Sub(r.lastForced); since >= 0 && since < minRefreshInterval {
		return r.view.Load().find(id).at(now)
	}
	r.lastForced = now
	ctx, cancel := context.WithTimeout(context.Background(), readDeadline)
	defer cancel()
	if err := r.read(ctx); err != nil {
		return nil
	}
	return r.view.Load().find(id).at(now)
}

// at gives the key if it is published at that time, else nil.
func (k *key) at(now time.Time) *key {
	if k == nil || !k.row.PublishedUntil.IsZero() && !now.Before(k.row.PublishedUntil) {
		return nil
	}
	return k
}

// JWKS is the JWK set (RFC 7517): the public halves of the published keys.
func (r *Ring) JWKS() []byte {
	set := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{}}
	for _, k := range r.current().published(r.now()) {
		set.Keys = append(set.Keys, k.public)
	}
	text, err := json.Marshal(set)
	if err != nil {
		panic("keys: a public key can't be written: " + err.Error()) // they were, when they were made
	}
	return text
}

// Algorithm is the algorithm that signs now, or empty if no key does.
func (r *Ring) Algorithm() string {
	k, err := r.current().signing(r.now())
	if err != nil {
		return ""
	}
	return k.algorithm
}

// Algorithms lists the algorithms of the published keys, without repeats: what a verifier
// has to understand.
func (r *Ring) Algorithms() []string {
	list := []string{}
	for _, k := range r.current().published(r.now()) {
		if !slices.Contains(list, k.algorithm) {
			list = append(list, k.algorithm)
		}
	}
	return list
}
