package client

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"gatepost/tests/testapp"
)

// TestGoClient goes the ways of golang.org/x/oauth2: code with PKCE, refresh by a
// TokenSource, device.
func TestGoClient(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	endpoint := oauth2.Endpoint{AuthURL: p.app.URL + "/oauth2/auth", TokenURL: p.app.URL + "/oauth2/token", DeviceAuthURL: p.app.URL + "/oauth2/device_authorization"}
	for name, c := range map[string]struct {
		client testapp.Credentials
		style  oauth2.AuthStyle
	}{
		"a web app, in the header": {p.site, oauth2.AuthStyleInHeader}, "a web app, in the body": {p.site, oauth2.AuthStyleInParams},
		"a web app, by trying": {p.site, oauth2.AuthStyleAutoDetect}, "a native app": {p.camera, oauth2.AuthStyleInParams},
		"a native app, by trying": {p.camera, oauth2.AuthStyleAutoDetect},
	} {
		t.Run(name, func(t *testing.T) {
			config := &oauth2.Config{ClientID: c.client.ClientID, ClientSecret: c.client.ClientSecret, Endpoint: endpoint, RedirectURL: testapp.Redirect, Scopes: []string{"read"}}
			config.Endpoint.AuthStyle = c.style
			verifier := oauth2.GenerateVerifier()
			address := config.AuthCodeURL("a state", oauth2.S256ChallengeOption(verifier))
			returned, err := url.Parse(p.answer(t, "allow", address))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := config.Exchange(t.Context(), returned.Query().Get("code"), oauth2.VerifierOption(oauth2.GenerateVerifier())); err == nil {
				t.Error("Exchange with another verifier succeeded")
			}
			token, err := config.Exchange(t.Context(), returned.Query().Get("code"), oauth2.VerifierOption(verifier))
			if err != nil {
				t.Fatalf("Exchange: %v", err)
			}
			p.secrets(token)
			if token.Type() != "Bearer" || token.RefreshToken == "" || token.Extra("scope") != "read" || time.Until(token.Expiry) < 59*time.Minute {
				t.Errorf("token of type %s, scope %v, %s left", token.Type(), token.Extra("scope"), time.Until(token.Expiry))
			}
			first := token.RefreshToken
			for range 3 { // each refresh uses the token that the one before gave
				token.Expiry = time.Now().Add(-time.Minute)
				next, err := config.TokenSource(t.Context(), token).Token()
				if err != nil {
					t.Fatalf("the TokenSource's refresh: %v", err)
				}
				p.secrets(next)
				if next.RefreshToken == token.RefreshToken || next.AccessToken == token.AccessToken {
					t.Error("a refresh gave the old token")
				}
				token = next
			}
			if status := p.app.Me(t, token.AccessToken); status != http.StatusOK {
				t.Errorf("GET /api/v1/me = %d, want 200", status)
			}
			p.app.Change(t, "UPDATE refresh_tokens SET used_nanos = used_nanos - 60000000000 WHERE used_nanos > 0") // after the grace
			stale := &oauth2.Token{RefreshToken: first, Expiry: time.Now().Add(-time.Minute)}
			if _, err := config.TokenSource(t.Context(), stale).Token(); err == nil || !strings.Contains(err.Error(), "invalid_grant") {
				t.Errorf("a refresh by the first refresh token: %v, want invalid_grant", err)
			}
		})
	}
	t.Run("a device", func(t *testing.T) {
		config := &oauth2.Config{ClientID: p.camera.ClientID, Endpoint: endpoint, Scopes: []string{"read", "write"}}
		config.Endpoint.AuthStyle = oauth2.AuthStyleInParams
		device, err := config.DeviceAuth(t.Context())
		if err != nil {
			t.Fatalf("DeviceAuth: %v", err)
		}
		p.app.Secret(device.DeviceCode)
		if device.VerificationURI != p.app.URL+"/device" || device.Interval != 5 || time.Until(device.Expiry) < 14*time.Minute {
			t.Errorf("device authorization = %s, every %d s, until %s", device.VerificationURI, device.Interval, device.Expiry)
		}
		p.answer(t, "device", device.UserCode)
		device.Interval = 1 // it was allowed already
		token, err := config.DeviceAccessToken(t.Context(), device)
		if err != nil {
			t.Fatalf("DeviceAccessToken: %v", err)
		}
		p.secrets(token)
		if token.RefreshToken == "" || token.Extra("scope") != "read write" {
			t.Errorf("the device got scope %v, a refresh token %t", token.Extra("scope"), token.RefreshToken != "")
		}
	})
}

func (p *portal) secrets(token *oauth2.Token) {
	p.app.Secret(token.AccessToken)
	p.app.Secret(token.RefreshToken)
}
