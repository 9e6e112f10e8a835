package contract

import (
	"errors"
	"testing"
	"time"

	"gatepost/db"
)

var authorizationPromises = []promise{
	{"families: what is stored is read, and used while it lives", familyRoundTrip},
	{"families: revoking one ends its code and its tokens, and no others", revokeOneFamily},
	{"families: all of a person end together", revokeFamiliesOfPerson},
	{"families: issuing and revoking at once leaves no live token", issueAndRevokeFamily},
	{"codes: of forty at once one gets it", codeIsSingleUse},
	{"codes: an expired one is not consumed", expiredCode},
	{"refresh tokens: of forty at once one gets it", refreshIsSingleUse},
	{"device codes: asked, slowed down, answered once, used once", deviceCodeLife},
	{"device codes: of ten answers at once one stands", deviceAnsweredOnce},
	{"consent requests: answered once, in their session, in time", consentIsSingleUse},
	{"authorizations: scopes add up, and revoking ends everything", authorizationLife},
	{"personal tokens: found by hash, touched once a minute, revoked once", personalTokenLife},
	{"assertions: each is used once", assertionIsSingleUse},
	{"assertions: of forty at once one is used", assertionsAtOnce},
	{"apis: audiences are unique", apiAudiences},
	{"tokens: the revocation of all ends every session and token, and no secret", revokeAll},
	{"live tokens: access and refresh tokens, paged, and revoked one by one", liveTokenList},
	{"live tokens: those of a secret end with it", tokensOfSecretWithFamilies},
	{"apps: what an OAuth client is stays stored", clientSettings},
}

// yes is a family with a code, a refresh token and an access token.
type yes struct {
	family  db.Family
	code    db.AuthorizationCode
	refresh db.RefreshToken
	access  db.AccessToken
}

func (s store) yes(t *testing.T, f fixture) yes {
	t.Helper()
	y := yes{family: db.Family{
		ID: fresh("family"), ClientID: f.app.ClientID, PersonID: f.person.ID, Scope: "read write", Audience: "https://portal.example https://api.example",
		Dialect: "nxtsoft", AuthTime: now().Add(-time.Minute), CreatedAt: now(), ExpiresAt: now().Add(time.Hour),
	}}
	y.code = db.AuthorizationCode{
		Hash: fresh("code"), FamilyID: y.family.ID, ClientID: f.app.ClientID, PersonID: f.person.ID, RedirectURI: "https://app.example/callback",
		RedirectGiven: true, Challenge: "challenge", CreatedAt: now(), ExpiresAt: now().Add(time.Minute),
	}
	y.refresh = db.RefreshToken{Hash: fresh("refresh"), FamilyID: y.family.ID, ClientID: f.app.ClientID, SecretID: f.secret.ID, IssuedAt: now(), ExpiresAt: now().Add(time.Hour)}
	y.access = newToken(f.secret)
	y.access.FamilyID, y.access.PersonID = y.family.ID, f.person.ID
	s.do(t, func(tx *db.Tx) error {
		ctx := t.Context()
		return errors.Join(tx.InsertFamily(ctx, y.family), tx.InsertCode(ctx, y.code), tx.InsertRefreshToken(ctx, y.refresh), tx.RecordToken(ctx, y.access, db.Caller{Address: "203.0.113.9"}))
	})
	return y
}

// alive says whether every part of a yes works.
func (s store) alive(t *testing.T, y yes) (family, code, refresh, access bool) {
	t.Helper()
	ctx := t.Context()
	return must[db.Family](t)(s.Family(ctx, y.family.ID)).RevokedAt.IsZero(),
		must[db.AuthorizationCode](t)(s.Code(ctx, y.code.Hash)).ConsumedAt.IsZero(),
		must[db.RefreshToken](t)(s.RefreshToken(ctx, y.refresh.Hash)).ConsumedAt.IsZero(),
		must[db.AccessToken](t)(s.AccessToken(ctx, y.access.JTI)).RevokedAt.IsZero()
}

func (s store) wantAlive(t *testing.T, what string, y yes, want bool) {
	t.Helper()
	family, code, refresh, access := s.alive(t, y)
	if family != want || code != want || refresh != want || access != want {
		t.Errorf("%s: family, code, refresh token, access token alive = %t %t %t %t, want all %t", what, family, code, refresh, access, want)
	}
}

func familyRoundTrip(t *testing.T, s store) {
	f := s.fixture(t)
	y := s.yes(t, f)
	equal(t, "Family", must[db.Family](t)(s.Family(t.Context(), y.family.ID)), y.family)
	equal(t, "Code", must[db.AuthorizationCode](t)(s.Code(t.Context(), y.code.Hash)), y.code)
	equal(t, "RefreshToken", must[db.RefreshToken](t)(s.RefreshToken(t.Context(), y.refresh.Hash)), y.refresh)
	equal(t, "AccessToken", must[db.AccessToken](t)(s.AccessToken(t.Context(), y.access.JTI)), y.access)
	usage := must[[]db.Usage](t)(s.UsageOfApp(t.Context(), f.app.ClientID, time.Time{}))
	if len(usage) != 1 || usage[0].SecretID != f.secret.ID || usage[0].Address != "203.0.113.9" {
		t.Errorf("usage = %v, want one use of the secret", usage)
	}
	s.do(t, func(tx *db.Tx) error {
		used, err := tx.UseFamily(t.Context(), y.family.ID)
		equal(t, "last use", used.LastUsedAt, tx.Now.UTC())
		return err
	})
	ended := y.family
	ended.ID, ended.ExpiresAt = fresh("family"), now().Add(-time.Second)
	s.do(t, func(tx *db.Tx) error { return tx.InsertFamily(t.Context(), ended) })
	for what, id := range map[string]string{"an unknown family": "none", "a family at its end": ended.ID} {
		err := s.Tx(t.Context(), func(tx *db.Tx) error { _, err := tx.UseFamily(t.Context(), id); return err })
		wantErr(t, "UseFamily of "+what, err, db.ErrNotFound)
	}
	deadApp := y.access
	deadApp.JTI, deadApp.SecretID = fresh("jti"), "none"
	err := s.Tx(t.Context(), func(tx *db.Tx) error { return tx.RecordToken(t.Context(), deadApp, db.Caller{}) })
	wantErr(t, "RecordToken in a transaction, with an unknown secret", err, db.ErrNotFound)
}

func revokeOneFamily(t *testing.T, s store) {
	f := s.fixture(t)
	mine, other := s.yes(t, f), s.yes(t, f)
	for i, want := range []bool{true, false} {
		s.do(t, func(tx *db.Tx) error {
			live, err := tx.RevokeFamily(t.Context(), mine.family.ID)
			if live != want {
				t.Errorf("RevokeFamily, time %d = %t, want %t", i+1, live, want)
			}
			return err
		})
	}
	s.wantAlive(t, "the revoked family", mine, false)
	s.wantAlive(t, "another family", other, true)
	for what, use := range map[string]func(tx *db.Tx) error{
		"UseFamily":           func(tx *db.Tx) error { _, err := tx.UseFamily(t.Context(), mine.family.ID); return err },
		"ConsumeCode":         func(tx *db.Tx) error { _, err := tx.ConsumeCode(t.Context(), mine.code.Hash); return err },
		"ConsumeRefreshToken": func(tx *db.Tx) error { _, err := tx.ConsumeRefreshToken(t.Context(), mine.refresh.Hash); return err },
	} {
		wantErr(t, what+" after the revocation", s.Tx(t.Context(), use), db.ErrNotFound)
	}
}

func revokeFamiliesOfPerson(t *testing.T, s store) {
	f, g := s.fixture(t), s.fixture(t)
	first, second, stranger := s.yes(t, f), s.yes(t, f), s.yes(t, g)
	s.do(t, func(tx *db.Tx) error {
		n, err := tx.RevokeFamiliesOf(t.Context(), f.person.ID)
		equal(t, "RevokeFamiliesOf", n, 2)
		return err
	})
	s.wantAlive(t, "the first", first, false)
	s.wantAlive(t, "the second", second, false)
	s.wantAlive(t, "another person's", stranger, true)
}

// Whoever issues a token of a family does it wholly before or wholly after its revocation.
func issueAndRevokeFamily(t *testing.T, s store) {
	f := s.fixture(t)
	for range 5 {
		y := s.yes(t, f)
		tokens := make([]db.AccessToken, 8)
		atOnce(len(tokens), func(i int) error {
			return s.Tx(t.Context(), func(tx *db.Tx) error {
				if i == 3 {
					_, err := tx.RevokeFamily(t.Context(), y.family.ID)
					return err
				}
				if _, err := tx.UseFamily(t.Context(), y.family.ID); err != nil {
					return err
				}
				token := newToken(f.secret)
				token.FamilyID = y.family.ID
				tokens[i] = token
				return tx.RecordToken(t.Context(), token, db.Caller{})
			})
		})
		for _, token := range tokens {
			got, err := s.AccessToken(t.Context(), token.JTI)
			if err == nil && got.RevokedAt.IsZero() {
				t.Errorf("token %s outlives the revocation of its family", token.JTI)
			}
		}
	}
}

// winners counts the calls that succeeded; the others must have found nothing.
func winners(t *testing.T, errs []error, lost error) (n int) {
	t.Helper()
	for _, err := range errs {
		if err == nil {
			n++
			continue
		}
		wantErr(t, "a call that lost", err, lost)
	}
	return n
}

func codeIsSingleUse(t *testing.T, s store) {
	y := s.yes(t, s.fixture(t))
	n := winners(t, atOnce(40, func(int) error {
		return s.Tx(t.Context(), func(tx *db.Tx) error { _, err := tx.ConsumeCode(t.Context(), y.code.Hash); return err })
	}), db.ErrNotFound)
	equal(t, "callers that got the code", n, 1)
}

func expiredCode(t *testing.T, s store) {
	y := s.yes(t, s.fixture(t))
	old := y.code
	old.Hash, old.ExpiresAt = fresh("code"), now().Add(-time.Second)
	s.do(t, func(tx *db.Tx) error { return tx.InsertCode(t.Context(), old) })
	err := s.Tx(t.Context(), func(tx *db.Tx) error { _, err := tx.ConsumeCode(t.Context(), old.Hash); return err })
	wantErr(t, "ConsumeCode of an expired one", err, db.ErrNotFound)
}

func refreshIsSingleUse(t *testing.T, s store) {
	y := s.yes(t, s.fixture(t))
	n := winners(t, atOnce(40, func(int) error {
		return s.Tx(t.Context(), func(tx *db.Tx) error { _, err := tx.ConsumeRefreshToken(t.Context(), y.refresh.Hash); return err })
	}), db.ErrNotFound)
	equal(t, "callers that got the refresh token", n, 1)
}

func newDeviceCode(clientID string) db.DeviceCode {
	return db.DeviceCode{
		Hash: fresh("device"), UserCode: fresh("user"), ClientID: clientID, Scope: "read", Audience: "https://portal.example", State: db.DeviceCodePending,
		Address: "203.0.113.9", UserAgent: "camera/1", Interval: 5 * time.Second, CreatedAt: now(), ExpiresAt: now().Add(time.Minute),
	}
}

func deviceCodeLife(t *testing.T, s store) {
	f := s.fixture(t)
	ctx, d := t.Context(), newDeviceCode(f.app.ClientID)
	s.do(t, func(tx *db.Tx) error { return tx.InsertDeviceCode(ctx, d) })
	again := newDeviceCode(f.app.ClientID)
	again.UserCode = d.UserCode
	wantErr(t, "InsertDeviceCode with a user code that is taken", s.Tx(ctx, func(tx *db.Tx) error { return tx.InsertDeviceCode(ctx, again) }), db.ErrConflict)
	equal(t, "DeviceCodeByUserCode", must[db.DeviceCode](t)(s.DeviceCodeByUserCode(ctx, d.UserCode)), d)

	s.do(t, func(tx *db.Tx) error {
		before, err := tx.PollDeviceCode(ctx, d.Hash)
		equal(t, "last poll before the first", before.LastPollAt, time.Time{})
		return errors.Join(err, tx.SlowDownDeviceCode(ctx, d.Hash, 10*time.Second))
	})
	s.do(t, func(tx *db.Tx) error {
		before, err := tx.PollDeviceCode(ctx, d.Hash)
		if before.LastPollAt.IsZero() || before.Interval != 10*time.Second {
			t.Errorf("before the second poll: last %v, interval %v, want a time and 10 s", before.LastPollAt, before.Interval)
		}
		return err
	})
	consume := func(tx *db.Tx) error { return tx.ConsumeDeviceCode(ctx, d.Hash) }
	wantErr(t, "ConsumeDeviceCode before the answer", s.Tx(ctx, consume), db.ErrNotFound)
	s.do(t, func(tx *db.Tx) error {
		return tx.AnswerDeviceCode(ctx, d.Hash, db.DeviceCodeApproved, f.person.ID, "family")
	})
	deny := func(tx *db.Tx) error { return tx.AnswerDeviceCode(ctx, d.Hash, db.DeviceCodeDenied, f.person.ID, "") }
	wantErr(t, "AnswerDeviceCode again", s.Tx(ctx, deny), db.ErrNotFound)
	equal(t, "callers that got the device code", winners(t, []error{s.Tx(ctx, consume), s.Tx(ctx, consume)}, db.ErrNotFound), 1)

	old := newDeviceCode(f.app.ClientID)
	old.ExpiresAt = now().Add(-time.Second)
	s.do(t, func(tx *db.Tx) error { return tx.InsertDeviceCode(ctx, old) })
	err := s.Tx(ctx, func(tx *db.Tx) error {
		return tx.AnswerDeviceCode(ctx, old.Hash, db.DeviceCodeApproved, f.person.ID, "family")
	})
	wantErr(t, "AnswerDeviceCode of an expired one", err, db.ErrNotFound)
	wantErr(t, "PollDeviceCode(none)", s.Tx(ctx, func(tx *db.Tx) error { _, err := tx.PollDeviceCode(ctx, "none"); return err }), db.ErrNotFound)
}

func deviceAnsweredOnce(t *testing.T, s store) {
	f := s.fixture(t)
	d := newDeviceCode(f.app.ClientID)
	s.do(t, func(tx *db.Tx) error { return tx.InsertDeviceCode(t.Context(), d) })
	n := winners(t, atOnce(10, func(i int) error {
		state := []string{db.DeviceCodeApproved, db.DeviceCodeDenied}[i%2]
		return s.Tx(t.Context(), func(tx *db.Tx) error { return tx.AnswerDeviceCode(t.Context(), d.Hash, state, f.person.ID, "family") })
	}), db.ErrNotFound)
	equal(t, "answers that stand", n, 1)
}

func consentIsSingleUse(t *testing.T, s store) {
	f := s.fixture(t)
	ctx := t.Context()
	c := db.ConsentRequest{
		ID: fresh("consent"), SessionID: "session", PersonID: f.person.ID, ClientID: f.app.ClientID, RedirectURI: "https://app.example/callback", RedirectGiven: true,
		Scope: "read", State: " a%20b&=\"Ω\n", Challenge: "challenge", Audience: "https://portal.example", AuthTime: now(), CreatedAt: now(), ExpiresAt: now().Add(time.Minute),
	}
	old := c
	old.ID, old.ExpiresAt = fresh("consent"), now().Add(-time.Second)
	s.do(t, func(tx *db.Tx) error {
		return errors.Join(tx.InsertConsentRequest(ctx, c), tx.InsertConsentRequest(ctx, old))
	})
	var got db.ConsentRequest
	answer := func(id, session string) error {
		return s.Tx(ctx, func(tx *db.Tx) error {
			answered, err := tx.AnswerConsentRequest(ctx, id, session)
			if err == nil {
				got = answered
			}
			return err
		})
	}
	wantErr(t, "AnswerConsentRequest in another session", answer(c.ID, "other"), db.ErrNotFound)
	wantErr(t, "AnswerConsentRequest of an expired one", answer(old.ID, "session"), db.ErrNotFound)
	equal(t, "answers that count", winners(t, []error{answer(c.ID, "session"), answer(c.ID, "session")}, db.ErrNotFound), 1)
	if age := now().Sub(got.AnsweredAt); age < 0 || age > time.Minute {
		t.Errorf("AnsweredAt = %v ago, want now", age)
	}
	got.AnsweredAt = time.Time{}
	equal(t, "AnswerConsentRequest", got, c)
}

func authorizationLife(t *testing.T, s store) {
	f := s.fixture(t)
	ctx := t.Context()
	_, err := s.Authorization(ctx, f.person.ID, f.app.ClientID)
	wantErr(t, "Authorization before the first", err, db.ErrNotFound)
	id := fresh("authorization")
	for _, scopes := range [][]string{{"read"}, {"write", "read"}} {
		s.do(t, func(tx *db.Tx) error {
			_, err := tx.KeepAuthorization(ctx, f.person.ID, f.app.ClientID, scopes, id)
			return err
		})
	}
	got := must[db.Authorization](t)(s.Authorization(ctx, f.person.ID, f.app.ClientID))
	sameList(t, "scopes", got.Scopes, []string{"read", "write"})
	y := s.yes(t, f)
	list := must[[]db.AuthorizedApp](t)(s.AuthorizationsOf(ctx, f.person.ID, now()))
	if len(list) != 1 || list[0].ID != id || list[0].AppName != f.app.Name || list[0].TeamName != f.team.Name || list[0].LiveTokens != 2 {
		t.Errorf("AuthorizationsOf = %+v, want one with its names and two live tokens", list)
	}
	revoke := func(person string) error {
		return s.Tx(ctx, func(tx *db.Tx) error { _, err := tx.RevokeAuthorization(ctx, id, person); return err })
	}
	wantErr(t, "RevokeAuthorization by another person", revoke("other"), db.ErrNotFound)
	s.wantAlive(t, "before the revocation", y, true)
	if err := revoke(f.person.ID); err != nil {
		t.Fatal(err)
	}
	s.wantAlive(t, "after the revocation", y, false)
	wantErr(t, "RevokeAuthorization again", revoke(f.person.ID), db.ErrNotFound)
}

func personalTokenLife(t *testing.T, s store) {
	f := s.fixture(t)
	ctx := t.Context()
	p := db.PersonalToken{ID: fresh("personal"), PersonID: f.person.ID, Name: "laptop", Hash: fresh("hash"), Hint: "k3f9", Scopes: []string{"read"}, CreatedAt: now()}
	s.do(t, func(tx *db.Tx) error { return tx.InsertPersonalToken(ctx, p) })
	got := must[db.PersonalToken](t)(s.PersonalTokenByHash(ctx, p.Hash))
	if got.ID != p.ID || !got.Live(now()) || !got.ExpiresAt.IsZero() {
		t.Errorf("PersonalTokenByHash = %+v, want the live token without an end", got)
	}
	for _, address := range []string{"203.0.113.9", "198.51.100.7"} {
		s.do(t, func(tx *db.Tx) error {
			return tx.TouchPersonalToken(ctx, p.ID, db.Caller{Address: address, UserAgent: "curl"})
		})
	}
	got = must[db.PersonalToken](t)(s.PersonalTokenByHash(ctx, p.Hash))
	equal(t, "address of the last use that was written", got.LastAddress, "203.0.113.9")
	revoke := func(person string) error {
		return s.Tx(ctx, func(tx *db.Tx) error { return tx.RevokePersonalToken(ctx, p.ID, person) })
	}
	wantErr(t, "RevokePersonalToken by another person", revoke("other"), db.ErrNotFound)
	equal(t, "revocations that count", winners(t, []error{revoke(f.person.ID), revoke(f.person.ID)}, db.ErrNotFound), 1)
	if list := must[[]db.PersonalToken](t)(s.PersonalTokens(ctx, f.person.ID)); len(list) != 1 || list[0].Live(now()) {
		t.Errorf("PersonalTokens = %+v, want the one, revoked", list)
	}
}

func assertionIsSingleUse(t *testing.T, s store) {
	use := func(client, jti string) error {
		return s.Tx(t.Context(), func(tx *db.Tx) error { return tx.UseAssertion(t.Context(), client, jti, now().Add(time.Minute)) })
	}
	if err := errors.Join(use("a", "1"), use("a", "2"), use("b", "1")); err != nil {
		t.Errorf("UseAssertion of three different ones: %v", err)
	}
	wantErr(t, "UseAssertion again", use("a", "1"), db.ErrConflict)
}

func assertionsAtOnce(t *testing.T, s store) {
	n := winners(t, atOnce(40, func(int) error {
		return s.Tx(t.Context(), func(tx *db.Tx) error { return tx.UseAssertion(t.Context(), "a", "1", now().Add(time.Minute)) })
	}), db.ErrConflict)
	equal(t, "assertions that were taken", n, 1)
}

func apiAudiences(t *testing.T, s store) {
	a := db.API{ID: fresh("api"), Name: "Meters", Audience: "https://api.example", CreatedAt: now()}
	insert := func(a db.API) error {
		return s.Tx(t.Context(), func(tx *db.Tx) error { return tx.InsertAPI(t.Context(), a) })
	}
	if err := insert(a); err != nil {
		t.Fatal(err)
	}
	again := a
	again.ID = fresh("api")
	wantErr(t, "InsertAPI with the same audience", insert(again), db.ErrConflict)
	list := must[[]db.API](t)(s.APIs(t.Context()))
	equal(t, "APIs", len(list), 1)
	if got := list[0]; got.ID != a.ID || got.Name != a.Name || got.Audience != a.Audience || !got.CreatedAt.Equal(a.CreatedAt) || got.Slug != "" || len(got.Servers) > 0 {
		t.Errorf("API = %+v, want %+v", got, a)
	}
	remove := func() error {
		return s.Tx(t.Context(), func(tx *db.Tx) error { return tx.DeleteAPI(t.Context(), a.ID) })
	}
	equal(t, "removals that count", winners(t, []error{remove(), remove()}, db.ErrNotFound), 1)
}
