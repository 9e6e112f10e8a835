package grant

import (
	"strings"
	"time"

	"gatepost/db"
	"gatepost/handlers/keys"
	"gatepost/handlers/secret"
)

// claims are those of an access token: RFC 9068 section 2.2, and three more that the sample
// token in NXTsoft's document has (token_use, auth_time, version). Times are unix seconds.
type claims struct {
	Issuer   string        `json:"iss"`
	Subject  string        `json:"sub"`
	Audience keys.Audience `json:"aud"`
	ClientID string        `json:"client_id"`
	Scope    string        `json:"scope"`
	TokenUse string        `json:"token_use"`
	AuthTime int64         `json:"auth_time"`
	IssuedAt int64         `json:"iat"`
	Expires  int64         `json:"exp"`
	ID       string        `json:"jti"`
	Version  int           `json:"version"`
	User     *VendorUser   `json:"user,omitempty"` // in the live shape of the iotconnect dialect
}

const (
	tokenUse     = "access"
	tokenVersion = 2

	// The app's settings say how long a token lives, within these bounds.
	minLifetime = time.Minute
	maxLifetime = 24 * time.Hour
)

// mint signs the access token and returns it with its record; nothing is stored yet. A token
// doesn't outlive its authorization.
func (s *Server) mint(f *flow, lifetime time.Duration) (string, db.AccessToken, error) {
	lifetime = min(max(lifetime, minLifetime), maxLifetime).Truncate(time.Second)
	expires := f.now.Add(lifetime)
	if familyExpires := f.resolved.family.ExpiresAt; !familyExpires.IsZero() && familyExpires.Before(expires) {
		expires = familyExpires
	}
	authTime := f.resolved.authTime
	if authTime.IsZero() {
		authTime = f.now
	}
	record := db.AccessToken{
		JTI: secret.JTI(), ClientID: f.client.ClientID, SecretID: f.client.Secret.ID, PersonID: f.resolved.personID,
		FamilyID: f.resolved.family.ID, Scope: strings.Join(f.scopes, " "), Audience: strings.Join(f.audiences, " "), Dialect: f.Dialect,
		IssuedAt: f.now, ExpiresAt: expires,
	}
	c := claims{
		Issuer: s.Issuer, Subject: f.resolved.subject, Audience: f.audiences, ClientID: record.ClientID,
		Scope: record.Scope, TokenUse: tokenUse, AuthTime: authTime.Unix(), IssuedAt: record.IssuedAt.Unix(),
		Expires: record.ExpiresAt.Unix(), ID: record.JTI, Version: tokenVersion, User: f.user,
	}
	if f.user != nil {
		token, err := s.signLive(c)
		return token, record, err
	}
	token, err := s.Keys.Sign(c)
	return token, record, err
}
