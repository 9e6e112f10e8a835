package rfc

import (
	"net/http"
	"strings"
	"testing"

	"gatepost/tests/testapp"
)

// RFC 7636 section 4.4.1: a public client must send a challenge, and S256 is the one method:
// plain, or none, which would mean plain, is refused (AUT-07, AUT-08).
func TestRFC7636_4_4_1(t *testing.T) {
	w := shared
	_, challenge := testapp.Verifier()
	public := []string{"redirect_uri", testapp.Redirect}
	for name, c := range map[string]testapp.Credentials{"a web app": w.site, "a native app": w.camera} {
		for what, more := range map[string][]string{
			"plain":                        {"code_challenge", challenge, "code_challenge_method", "plain"},
			"no method":                    {"code_challenge", challenge, "code_challenge_method", ""},
			"s256 in small letters":        {"code_challenge", challenge, "code_challenge_method", "s256"},
			"an unknown method":            {"code_challenge", challenge, "code_challenge_method", "S512"},
			"a method without challenge":   {"code_challenge", "", "code_challenge_method", "S256"},
			"a short challenge":            {"code_challenge", challenge[:42], "code_challenge_method", "S256"},
			"a long challenge":             {"code_challenge", challenge + "A", "code_challenge_method", "S256"},
			"a very long challenge":        {"code_challenge", strings.Repeat("A", 129), "code_challenge_method", "S256"},
			"a challenge with padding":     {"code_challenge", challenge[:42] + "=", "code_challenge_method", "S256"},
			"a challenge of base64 proper": {"code_challenge", challenge[:41] + "+/", "code_challenge_method", "S256"},
		} {
			r := w.owner.Get(t, testapp.AuthorizePath(c, "", append(more, public...)...))
			w.wantReturned(t, what+" of "+name, r, "invalid_request", "a state")
		}
	}
	w.wantReturned(t, "a native app without a challenge", w.owner.Get(t, testapp.AuthorizePath(w.camera, "")), "invalid_request", "a state")
}

// RFC 7636 section 4.6: the verifier must match the challenge (COD-04).
func TestRFC7636_4_6(t *testing.T) {
	w := shared
	for name, c := range map[string]testapp.Credentials{"a web app": w.site, "a native app": w.camera} {
		verifier, challenge := testapp.Verifier()
		other, _ := testapp.Verifier()
		code := w.owner.Code(t, testapp.AuthorizePath(c, challenge))
		for what, wrong := range map[string]string{
			"another verifier": other, "no verifier": "", "the challenge as verifier": challenge, "a cut verifier": verifier[:42],
			"a longer verifier": verifier + "A", "other case": strings.ToUpper(verifier), "a verifier with a space": verifier + " ", "a verifier with NUL": verifier[:42] + "~",
		} {
			wantError(t, what+" of "+name, w.exchange(t, c, code, wrong), http.StatusBadRequest, "invalid_grant")
		}
		w.Tokens(t, w.exchange(t, c, code, verifier))
	}
	// Section 4.1: a verifier of less than 43 characters is none, even where its hash fits.
	const short = "too-short"
	code := w.owner.Code(t, testapp.AuthorizePath(w.site, challengeOf(short)))
	wantError(t, "a short verifier that fits", w.exchange(t, w.site, code, short), http.StatusBadRequest, "invalid_grant")
}

// RFC 9700 section 2.1.1: a confidential client may leave PKCE out; whoever sends a
// challenge is held to it.
func TestRFC9700_2_1_1(t *testing.T) {
	w := shared
	code := w.owner.Code(t, testapp.AuthorizePath(w.site, ""))
	w.Tokens(t, w.exchange(t, w.site, code, ""))
}

// RFC 9700 section 4.8.2: a verifier for a code that was requested without a challenge means
// that somebody removed the challenge (AUT-09).
func TestRFC9700_4_8_2(t *testing.T) {
	w := shared
	verifier, _ := testapp.Verifier()
	code := w.owner.Code(t, testapp.AuthorizePath(w.site, ""))
	wantError(t, "a verifier without a challenge", w.exchange(t, w.site, code, verifier), http.StatusBadRequest, "invalid_grant")
}
