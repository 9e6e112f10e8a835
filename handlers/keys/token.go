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
	// maxToken bounds the tokens that Verify accepts, in bytes.
	maxToken = 16 * 1024
)

// ErrToken says that this portal didn't sign a token. Its cause is for the log.
var ErrToken = errors.New("keys: not a token of this portal")

// Sign returns a token with these claims, signed with the current key. It writes the compact
// form itself: the header is the same for all tokens of a key, and the library would encode it
// twice for each.
func (r *Ring) Sign(claims any) (string, error) {
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", fmt.Errorf("keys: Sign: %w", err)
	}
	return r.SignText(payload)
}

// SignText is Sign for claims that are JSON already. They are signed as they are.
func (r *Ring) SignText(payload []byte) (string, error) {
	k, err := r.current().signing(r.now())
	if err != nil {
		return "", err
	}
	token := base64.RawURLEncoding.AppendEncode([]byte(k.header), payload)
	signature, err := k.sign(token)
	if err != nil {
		return "", fmt.Errorf("keys: Sign: %w", err)
	}
	token = base64.RawURLEncoding.AppendEncode(append(token, '.'), signature)
	return string(token), nil
}

// Verify checks that a published key of this portal signed the token as an access token, and
// returns its claims. The caller must check the times and the audience. Header parameters with
// which a forger could choose the key (jwk, jku, x5u, crit) are refused rather than read: the
// key is found by its id among our own, and alg must be that key's (RFC 8725 sections 3.1,
// 3.10).
func (r *Ring) Verify(token string) ([]byte, error) {
	if err := wellFormed(token); err != nil {
		return nil, err
	}
	parsed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.RS256, jose.ES256, jose.EdDSA})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrToken, err)
	}
	header := parsed.Signatures[0].Protected
	k, err := r.lookup(header.KeyID)
	if err != nil {
		return nil, err
	}
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

// wellFormed refuses what a lenient decoder would accept as another encoding of a signed token
// (line feeds, padding, unused bits that aren't zero), and headers that Sign doesn't write.
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
		return fmt.Errorf("%w: a header that this portal doesn't write", ErrToken)
	}
	if !strings.EqualFold(header.Typ, tokenType) && !strings.EqualFold(header.Typ, "application/"+tokenType) {
		return fmt.Errorf("%w: typ is not %s", ErrToken, tokenType)
	}
	return nil
}

// lookup finds a published key. An unknown id may belong to a key that another process has just
// created, so it reads the database again, at most once a second. While that fails, nobody knows whether
// the key exists.
func (r *Ring) lookup(id string) (*key, error) {
	now := r.now()
	if k := r.current().find(id); k != nil {
		return k.at(now), nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if since := now.Sub(r.lastForced); since >= 0 && since < minRefreshInterval {
		return r.view.Load().find(id).at(now), r.forcedErr
	}
	r.lastForced = now
	ctx, cancel := context.WithTimeout(context.Background(), readDeadline)
	defer cancel()
	if r.forcedErr = r.read(ctx); r.forcedErr != nil {
		return nil, r.forcedErr
	}
	return r.view.Load().find(id).at(now), nil
}

// at returns the key if it is published at that time, else nil.
func (k *key) at(now time.Time) *key {
	if k == nil || !k.row.PublishedUntil.IsZero() && !now.Before(k.row.PublishedUntil) {
		return nil
	}
	return k
}

// JWKS returns the JWK set (RFC 7517): the public halves of the published keys.
func (r *Ring) JWKS() []byte {
	set := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{}}
	for _, k := range r.current().published(r.now()) {
		set.Keys = append(set.Keys, k.public)
	}
	text, err := json.Marshal(set)
	if err != nil {
		panic("keys: a public key can't be encoded: " + err.Error()) // each was, when it was created
	}
	return text
}

// Algorithm returns the algorithm of the current signing key, or empty if there is none.
func (r *Ring) Algorithm() string {
	k, err := r.current().signing(r.now())
	if err != nil {
		return ""
	}
	return k.algorithm
}

// Algorithms lists the algorithms of the published keys, without repeats: those that a verifier
// must support.
func (r *Ring) Algorithms() []string {
	list := []string{}
	for _, k := range r.current().published(r.now()) {
		if !slices.Contains(list, k.algorithm) {
			list = append(list, k.algorithm)
		}
	}
	return list
}
