package hub

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"gatepost/db"
	"gatepost/handlers/mail"
	"gatepost/handlers/secret"
)

// A sign-in waits so long for its second factor, and takes so many codes.
const (
	SecondLife  = 10 * time.Minute
	secondTries = 5
)

// codeLimit is how many wrong codes an account has before each further one costs a wait, over
// all its sign-ins.
func codeLimit(personID string) tryLimit {
	return tryLimit{tryKey("code", personID), 10, 30 * time.Second, 15 * time.Minute, 15 * time.Minute}
}

// HasSecondFactor says whether signing in by password asks this person for more: an
// authenticator app or a passkey.
func (h *Hub) HasSecondFactor(ctx context.Context, personID string) (bool, error) {
	f, err := h.DB.SecondFactor(ctx, personID)
	return f.Has, err
}

// Factors are a person's own ways to sign in, beside the password.
type Factors struct {
	db.SecondFactor
	TOTPSince time.Time // zero without an authenticator app
	Keys      []db.Passkey
}

// Factors gives the actor's own.
func (h *Hub) Factors(ctx context.Context, a Actor) (f Factors, err error) {
	if f.SecondFactor, err = h.DB.SecondFactor(ctx, a.ID); err != nil {
		return f, err
	}
	totp, err := h.DB.TOTPFactor(ctx, a.ID)
	if err != nil && !isMissing(err) {
		return f, err
	}
	f.TOTPSince = totp.CreatedAt
	f.Keys, err = h.DB.Passkeys(ctx, a.ID)
	return f, err
}

// Pending is a sign-in whose password was right, and whose second factor is still to come.
type Pending struct {
	Person  db.Person // with the password's time as it was at the first step
	Factors db.SecondFactor
	Next    string // where the person wanted to go
	hash    string
}

// pendingData is what the database keeps of it.
type pendingData struct {
	Next              string    `json:"next"`
	PasswordChangedAt time.Time `json:"password_changed_at"`
}

// recordPassword writes down that a person has shown their password: they are in, or a second
// factor is still to come.
func (a Actor) recordPassword(ctx context.Context, tx *db.Tx, p db.Person) error {
	f, err := tx.SecondFactor(ctx, p.ID)
	if err != nil {
		return err
	}
	if f.Has {
		return a.record(ctx, tx, "sign_in.first_step", "", "person", p.ID, p.Name, "the password was right, the second factor is to come")
	}
	return a.record(ctx, tx, "sign_in", "", "person", p.ID, p.Name, "")
}

// BeginSecond keeps that a person has shown their password, for the browser that holds the
// token. It lets nobody in.
func (h *Hub) BeginSecond(ctx context.Context, p db.Person, next string) (token string, err error) {
	data, err := json.Marshal(pendingData{next, p.PasswordChangedAt})
	if err != nil {
		return "", fmt.Errorf("hub: BeginSecond: %w", err)
	}
	return h.ask(ctx, db.ChallengeSecond, p.ID, string(data))
}

// ask adds a challenge and gives the token of its cookie.
func (h *Hub) ask(ctx context.Context, purpose, personID, data string) (string, error) {
	token, hash := secret.NewToken("")
	return token, h.DB.Tx(ctx, func(tx *db.Tx) error {
		return tx.InsertChallenge(ctx, db.Challenge{Hash: hash, Purpose: purpose, PersonID: personID, Data: data, ExpiresAt: tx.Now.Add(SecondLife)})
	})
}

// Pending gives the sign-in that a browser is in the middle of; ErrSecondOver when there is
// none, or none any more.
func (h *Hub) Pending(ctx context.Context, token string) (Pending, error) {
	c, err := h.DB.Challenge(ctx, secret.HashToken(token), db.ChallengeSecond)
	if err != nil {
		return Pending{}, orOver(err)
	}
	if !time.Now().Before(c.ExpiresAt) || c.Tries >= secondTries {
		return Pending{}, ErrSecondOver
	}
	return h.pending(ctx, c)
}

func orOver(err error) error {
	if isMissing(err) {
		return ErrSecondOver
	}
	return err
}

func (h *Hub) pending(ctx context.Context, c db.Challenge) (Pending, error) {
	var data pendingData
	if err := json.Unmarshal([]byte(c.Data), &data); err != nil {
		return Pending{}, fmt.Errorf("hub: pending: %w", err)
	}
	p, err := h.DB.Person(ctx, c.PersonID)
	if err != nil {
		return Pending{}, orOver(err)
	}
	// A reset ends what was begun with the password from before.
	if !p.PasswordChangedAt.Equal(data.PasswordChangedAt) || !p.DisabledAt.IsZero() {
		return Pending{}, ErrSecondOver
	}
	f, err := h.DB.SecondFactor(ctx, p.ID)
	return Pending{Person: p, Factors: f, Next: data.Next, hash: c.Hash}, err
}

// SecondByCode ends a sign-in by a code of the authenticator app.
func (h *Hub) SecondByCode(ctx context.Context, a Actor, token, code string) (Pending, error) {
	return h.second(ctx, a, token, "by password and a code of the authenticator app", func(tx *db.Tx, p db.Person) error {
		return h.useTOTP(ctx, tx, p.ID, code)
	})
}

// SecondByRecovery ends a sign-in by a recovery code, which is used up.
func (h *Hub) SecondByRecovery(ctx context.Context, a Actor, token, code string) (Pending, error) {
	return h.second(ctx, a, token, "by password and a recovery code", func(tx *db.Tx, p db.Person) error {
		return h.useRecoveryCode(ctx, tx, a, p, code)
	})
}

// second counts a try before it is made; a code that is taken is used up in the transaction
// that ends the sign-in, so that of two with one code one gets in.
func (h *Hub) second(ctx context.Context, a Actor, token, how string, take func(*db.Tx, db.Person) error) (Pending, error) {
	var c db.Challenge
	err := h.DB.Tx(ctx, func(tx *db.Tx) (err error) {
		c, err = tx.TryChallenge(ctx, secret.HashToken(token), db.ChallengeSecond, secondTries)
		return err
	})
	if err != nil {
		return Pending{}, orOver(err)
	}
	found, err := h.pending(ctx, c)
	if err != nil {
		return Pending{}, err
	}
	p := found.Person
	a.ID, a.Name, a.Owner = p.ID, p.Name, p.Owner
	try, err := h.signIns.begin(ctx, "", codeLimit(p.ID))
	if err != nil {
		return Pending{}, err
	}
	defer try.end()
	err = h.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := take(tx, p); err != nil {
			return err
		}
		if _, err := tx.ConsumeChallenge(ctx, c.Hash, db.ChallengeSecond); err != nil {
			return orOver(err)
		}
		if err := try.passed(ctx, tx); err != nil {
			return err
		}
		return a.record(ctx, tx, "sign_in", "", "person", p.ID, p.Name, how)
	})
	if errors.Is(err, ErrWrongCode) {
		err = h.refuseSecond(ctx, a, try, p, c)
	}
	return found, err
}

// refuseSecond writes a wrong code down. The last one that a sign-in takes says so.
func (h *Hub) refuseSecond(ctx context.Context, a Actor, try *attempt, p db.Person, c db.Challenge) error {
	err := h.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := try.failed(ctx, tx); err != nil {
			return err
		}
		return a.record(ctx, tx, "sign_in.failed", "", "person", p.ID, p.Name, "the password was right, the code was not")
	})
	switch {
	case err != nil:
		return err
	case c.Tries >= secondTries:
		return ErrSecondOver
	}
	return ErrWrongCode
}

// RequireSecondFactor has everyone of the portal need a second factor, or not any more.
func (h *Hub) RequireSecondFactor(ctx context.Context, a Actor, required bool) error {
	if err := mayOwn(a, "change the portal's settings"); err != nil {
		return err
	}
	f, err := h.DB.SecondFactor(ctx, a.ID)
	if err != nil || f.ByPortal == required {
		return err
	}
	if err := hasOwn(a, f, required); err != nil {
		return err
	}
	value, detail := "", "a second factor is not required of everyone"
	if required {
		value, detail = on, "a second factor is required of everyone"
	}
	return h.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := tx.PutSetting(ctx, "second_factor_required", value); err != nil {
			return err
		}
		return a.record(ctx, tx, "portal.changed", "", "portal", "", "", detail)
	})
}

// RequireOfTeam has every member of a team need a second factor, or not any more.
func (h *Hub) RequireOfTeam(ctx context.Context, a Actor, teamID string, required bool) error {
	if err := h.mayManageTeam(ctx, a, teamID, "change the team's settings"); err != nil {
		return err
	}
	now, err := h.DB.TeamRequiresSecondFactor(ctx, teamID)
	if err != nil || now == required {
		return err
	}
	f, err := h.DB.SecondFactor(ctx, a.ID)
	if err != nil {
		return err
	}
	if err := hasOwn(a, f, required); err != nil {
		return err
	}
	detail := "a second factor is not required of members"
	if required {
		detail = "a second factor is required of members"
	}
	return h.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := tx.RequireSecondFactor(ctx, teamID, required); err != nil {
			return err
		}
		return a.record(ctx, tx, "team.changed", teamID, "team", teamID, "", detail)
	})
}

// hasOwn keeps a person from requiring of others what they have not done themselves: they
// would be led away from the page at once.
func hasOwn(a Actor, f db.SecondFactor, required bool) error {
	if required && a.Kind == Person && !f.Has {
		return invalid("requires_second_factor", "Set up two-factor sign-in for your own account first, under User section, Security.")
	}
	return nil
}

// keepsOne refuses to take away the last second factor of a person who has to have one.
func keepsOne(f db.SecondFactor, left int) error {
	if left > 0 || !f.Demanded() {
		return nil
	}
	return ErrFactorDemanded
}

// ResetSecondFactor takes all second factors from a person who has lost them, and ends their
// sessions: with the password alone they come in, and are asked for a new one where one is
// required.
func (h *Hub) ResetSecondFactor(ctx context.Context, a Actor, personID string) error {
	if err := mayOwn(a, "reset a second factor"); err != nil {
		return err
	}
	p, err := h.DB.Person(ctx, personID)
	if err != nil {
		return err
	}
	return h.DB.Tx(ctx, func(tx *db.Tx) error {
		f, err := tx.SecondFactor(ctx, p.ID)
		if err != nil {
			return err
		}
		if !f.Has {
			return ErrNoSecondFactor
		}
		if err := tx.DeleteTOTPFactor(ctx, p.ID); err != nil && !isMissing(err) {
			return err
		}
		if _, err := tx.DeletePasskeysOf(ctx, p.ID); err != nil {
			return err
		}
		if err := tx.DeleteRecoveryCodes(ctx, p.ID); err != nil {
			return err
		}
		if _, err := tx.DeleteSessionsOf(ctx, p.ID, ""); err != nil {
			return err
		}
		if err := h.tellFactor(ctx, tx, a, p, "Two-factor sign-in was reset"); err != nil {
			return err
		}
		return a.record(ctx, tx, "second_factor.reset", "", "person", p.ID, p.Name, "the authenticator app, passkeys and recovery codes are gone")
	})
}

// tellFactor mails a person what became of their second factors.
func (h *Hub) tellFactor(ctx context.Context, tx *db.Tx, a Actor, p db.Person, what string) error {
	n := h.notice(a, p.Name, "/account/security")
	if a.ID == p.ID {
		n.By = ""
	}
	return h.post(ctx, tx, p.Email, mail.SecondFactorChanged{Notice: n, What: what})
}

// firstFactor is what becoming a person with two factors brings: logins over the API by
// password alone end.
func (h *Hub) firstFactor(ctx context.Context, tx *db.Tx, a Actor) error {
	f, err := tx.SecondFactor(ctx, a.ID)
	if err != nil || f.Has {
		return err
	}
	_, err = tx.RevokeLoginsOf(ctx, a.ID)
	return err
}
