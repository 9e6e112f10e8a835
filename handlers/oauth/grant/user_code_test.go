package grant

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"gatepost/db"
)

// startDevice starts a device authorization of the native app.
func (w *consentWorld) startDevice() DeviceAuthorization {
	w.t.Helper()
	d, err := w.StartDeviceAuthorization(w.t.Context(), Request{
		ClientID: w.native.ClientID, Scope: "read", Dialect: "nxtsoft", Caller: db.Caller{Address: "198.51.100.4", UserAgent: "camera/1"},
	})
	if err != nil {
		w.t.Fatalf("StartDevice() = %v, want nil", err)
	}
	return d
}

// pollDevice polls once for a device.
func (w *consentWorld) pollDevice(d DeviceAuthorization) (Response, error) {
	return w.Token(w.t.Context(), Request{GrantType: DeviceCode, ClientID: w.native.ClientID, DeviceCode: d.DeviceCode, Dialect: "nxtsoft"})
}

// DEV-01, RFC 8628 sections 3.3 and 5.4: the consent shows the code, and is asked for every time.
func TestDeviceIsAllowedByItsUserCode(t *testing.T) {
	w := newConsentWorld(t)
	w.codeByConsent(w.native, w.ann) // does not count for a device
	d := w.startDevice()
	typed := strings.ToLower(strings.Replace(d.UserCode, "-", " ", 1))
	prompt, err := w.ConsentForUserCode(t.Context(), typed, w.ann)
	if err != nil || prompt.UserCode != d.UserCode || !prompt.AuthorizedBefore || len(prompt.NewScopes) > 0 || prompt.RedirectURI != "" ||
		!slices.Equal(prompt.Scopes, []string{"read"}) || prompt.DeviceAddress != "198.51.100.4" || prompt.DeviceAgent != "camera/1" {
		t.Fatalf("ConsentForUserCode(%q) = %+v, %v, want a consent for read with the code and the device's address", typed, prompt, err)
	}
	if _, err := w.pollDevice(d); code(err) != AuthorizationPending {
		t.Errorf("Token(before the answer) = %v, want %s", err, AuthorizationPending)
	}
	if out := w.allow(prompt, w.ann); out.Location != "" || !out.Allowed || out.AppName != "Phone reader" {
		t.Errorf("AnswerConsent(device) = %+v, want no address", out)
	}
	w.now = w.now.Add(6 * time.Second)
	res, err := w.pollDevice(d)
	if err != nil || !slices.Equal(res.Scopes, []string{"read"}) || res.RefreshToken == "" {
		t.Fatalf("Token(after consent) = %+v, %v, want tokens for read", res, err)
	}
	a, err := w.Access(t.Context(), res.AccessToken, db.Caller{})
	if err != nil || a.PersonID != "ann" || a.Person.Name != "Ann" || a.App.Name != "Phone reader" {
		t.Errorf("Access(the device's token) = %+v, %v, want Ann's by the app", a, err)
	}
	if got := strings.Join(w.auditActions()[1:], "; "); got != "ann consent.given read; ann device.approved read" {
		t.Errorf("audit = %q, want consent.given and device.approved", got)
	}
	for _, allow := range []bool{true, false} {
		if _, err := w.AnswerConsent(t.Context(), prompt.ID, ConsentAnswer{Allow: allow}, w.ann); !errors.Is(err, ErrConsentNotPending) {
			t.Errorf("AnswerConsent(again, %t) = %v, want ErrConsentNotPending", allow, err)
		}
	}
	if _, err := w.ConsentForUserCode(t.Context(), d.UserCode, w.bob); !errors.Is(err, ErrUserCode) {
		t.Errorf("ConsentForUserCode(answered) = %v, want ErrUserCode", err)
	}
}

func TestDeviceIsRefused(t *testing.T) {
	w := newConsentWorld(t)
	d := w.startDevice()
	prompt, err := w.ConsentForUserCode(t.Context(), d.UserCode, w.ann)
	if err != nil || prompt.AuthorizedBefore {
		t.Fatalf("ConsentForUserCode() = %+v, %v, want a first consent", prompt, err)
	}
	out, err := w.AnswerConsent(t.Context(), prompt.ID, ConsentAnswer{}, w.ann)
	if err != nil || out.Allowed || out.Location != "" {
		t.Errorf("AnswerConsent(deny) = %+v, %v, want no address and not allowed", out, err)
	}
	if _, err := w.pollDevice(d); code(err) != AccessDenied {
		t.Errorf("Token(after a no) = %v, want %s", err, AccessDenied)
	}
	if got := strings.Join(w.auditActions(), "; "); got != "ann device.denied read" {
		t.Errorf("audit = %q, want device.denied", got)
	}
}

// Two people who type one code see two consents; the first answer counts.
func TestDeviceIsAnsweredOnce(t *testing.T) {
	w := newConsentWorld(t)
	d := w.startDevice()
	first, err1 := w.ConsentForUserCode(t.Context(), d.UserCode, w.ann)
	second, err2 := w.ConsentForUserCode(t.Context(), d.UserCode, w.bob)
	if err1 != nil || err2 != nil {
		t.Fatalf("ConsentForUserCode() = %v, %v, want nil for both", err1, err2)
	}
	w.allow(first, w.ann)
	if _, err := w.AnswerConsent(t.Context(), second.ID, ConsentAnswer{Allow: true}, w.bob); !errors.Is(err, ErrConsentNotPending) {
		t.Errorf("AnswerConsent(second person) = %v, want ErrConsentNotPending", err)
	}
	if _, err := w.DB.Authorization(t.Context(), "bob", w.native.ClientID); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("Authorization(second person) = %v, want ErrNotFound", err)
	}
}

func TestUserCodesThatAreNotPending(t *testing.T) {
	w := newConsentWorld(t)
	d := w.startDevice()
	for _, typed := range []string{"", "BCDF", "BCDF-GHJK", d.UserCode + "B", "' OR 1=1 --", strings.Repeat("B", 100), "AEIOUAEI", "\x00", "é" + d.UserCode} {
		if prompt, err := w.ConsentForUserCode(t.Context(), typed, w.ann); !errors.Is(err, ErrUserCode) {
			t.Errorf("ConsentForUserCode(%q) = %+v, %v, want ErrUserCode", typed, prompt, err)
		}
	}
	w.native.Grants = []string{AuthorizationCode}
	w.write(func(tx *db.Tx) error { return tx.UpdateApp(t.Context(), w.native) })
	if _, err := w.ConsentForUserCode(t.Context(), d.UserCode, w.ann); !errors.Is(err, ErrUserCode) {
		t.Errorf("ConsentForUserCode(app without the grant) = %v, want ErrUserCode", err)
	}
	w.native.Grants = []string{DeviceCode}
	w.write(func(tx *db.Tx) error { return tx.UpdateApp(t.Context(), w.native) })
	if _, err := w.ConsentForUserCode(t.Context(), d.UserCode, w.ann); err != nil {
		t.Errorf("ConsentForUserCode(in time) = %v, want nil", err)
	}
	w.now = w.now.Add(DeviceLifetime)
	if _, err := w.ConsentForUserCode(t.Context(), d.UserCode, w.ann); !errors.Is(err, ErrUserCode) {
		t.Errorf("ConsentForUserCode(expired) = %v, want ErrUserCode", err)
	}
}
