package account

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/secret"
	"gatepost/views/mail"
	"gatepost/views/words"
)

// PasswordLength returns how many characters a new password needs at least.
func (as *Accounts) PasswordLength(ctx context.Context) (int, error) {
	long, err := hub.IsOn(ctx, &as.hub.DB.Reader, hub.SettingLongPassword)
	if long {
		return hub.LongPassword, err
	}
	return hub.MinPassword, err
}

// Ending says which of a person's credentials a new password ends.
type Ending struct{ Sessions, PersonalTokens, Calendars, Apps bool }

// EndAll is what a reset ends.
var EndAll = Ending{Sessions: true, PersonalTokens: true, Calendars: true, Apps: true}

// setPassword stores a new password, ends credentials of the person but the session with the id keep
// (RFC 9700 section 4.14.2), and emails them what ended. What was begun with the old password ends in any
// case: sign-ins that wait for a second factor, reset links, a change of address. It also forgets the
// account's failed sign-ins.
func (as *Accounts) setPassword(ctx context.Context, tx *db.Tx, a hub.Actor, p db.Person, hash, keep string, end Ending, reset bool) (db.Expelled, error) {
	if err := tx.SetPassword(ctx, p.ID, hash); err != nil {
		return db.Expelled{}, err
	}
	ended, err := tx.Expel(ctx, p.ID, db.Expel{Sessions: end.Sessions, PersonalTokens: end.PersonalTokens, Calendars: end.Calendars, Apps: end.Apps, KeepSession: keep})
	if err != nil {
		return ended, err
	}
	if err := hub.ForgetSignIns(ctx, tx, a, p.Email); err != nil {
		return ended, err
	}
	return ended, as.hub.Post(ctx, tx, p.Email, mail.PasswordChanged{Notice: as.hub.OwnNotice(a, "/forgot"), Reset: reset, Ended: EndedWords(ended)})
}

// EndedWords returns the counts that the sentences about an end are made of.
func EndedWords(e db.Expelled) words.Ended {
	return words.Ended{
		Sessions: int(e.Sessions), PersonalTokens: int(e.PersonalTokens), Calendars: int(e.Calendars), Apps: int(e.Apps), EmailChange: e.EmailChange,
	}
}

// endedDetail is what the audit log says of an end.
func endedDetail(e db.Expelled) string {
	return fmt.Sprintf("ended %s, %s, %s and the access of %s", words.Count(int(e.Sessions), "session", "sessions"),
		words.Count(int(e.PersonalTokens), "personal token", "personal tokens"), words.Count(int(e.Calendars), "calendar address", "calendar addresses"),
		words.Count(int(e.Apps), "app", "apps"))
}

// normalPassword returns the form of a password that is hashed. It doesn't depend on how a keyboard
// composes accents.
func normalPassword(p string) string { return norm.NFC.String(p) }

// checkPassword returns *Invalid about the field if a new password is too short, too long, too common, or
// little more than words: the person's own, or the product's. There are no rules about kinds of
// characters.
func (as *Accounts) checkPassword(ctx context.Context, field, password string, words ...string) error {
	if !utf8.ValidString(password) {
		return hub.BadField(field, "Use valid UTF-8 characters.")
	}
	least, err := as.PasswordLength(ctx)
	if err != nil {
		return err
	}
	p := normalPassword(password)
	switch n := utf8.RuneCountInString(p); {
	case n < least:
		return hub.BadField(field, "Use at least %d characters. This password has %d.", least, n)
	case n > hub.MaxPassword:
		return hub.BadField(field, "Use at most %d characters.", hub.MaxPassword)
	}
	low := strings.ToLower(p)
	if as.blocked[low] || monotonous(low) {
		return hub.BadField(field, "This password is one of the first that attackers try. Choose another, such as three or four unrelated words.")
	}
	for common := range as.blocked {
		if rest := strings.ReplaceAll(low, common, ""); rest != low && utf8.RuneCountInString(rest) < 6 {
			return hub.BadField(field, "This is a common password with little added. Choose another, such as three or four unrelated words.")
		}
	}
	rest := low
	for _, w := range append(words, "gatepost", as.hub.Brand) {
		for _, part := range strings.FieldsFunc(strings.ToLower(w), func(r rune) bool { return strings.ContainsRune(" @.-_+", r) }) {
			if len(part) >= 4 {
				rest = strings.ReplaceAll(rest, part, "")
			}
		}
	}
	if rest != low && utf8.RuneCountInString(rest) < 8 {
		return hub.BadField(field, "This password is little more than your name, your email address or the product's name. Choose another.")
	}
	return nil
}

// monotonous says whether a password repeats a few characters or just counts.
func monotonous(p string) bool {
	runes := []rune(p)
	distinct := map[rune]bool{}
	steps := 0
	for i, r := range runes {
		distinct[r] = true
		if i > 0 && (r == runes[i-1]+1 || r == runes[i-1]-1 || r == runes[i-1]) {
			steps++
		}
	}
	return len(distinct) < 4 || steps >= len(runes)-3
}

// ChangePassword sets the actor's new password after checking the current one. It ends those of the
// actor's credentials that end names, and returns what ended; the session with the id session stays.
func (as *Accounts) ChangePassword(ctx context.Context, a hub.Actor, session, current, next string, end Ending) (ended db.Expelled, err error) {
	p, err := as.hub.DB.Person(ctx, a.ID)
	if err != nil {
		return ended, err
	}
	if err := as.recheckPassword(ctx, a, p, current); errors.Is(err, hub.ErrWrongPassword) {
		return ended, hub.BadField("current_password", "This isn't your current password.")
	} else if err != nil {
		return ended, err
	}
	if err := as.checkPassword(ctx, "new_password", next, p.Name, p.Email); err != nil {
		return ended, err
	}
	hash, err := as.hub.Hasher.Hash(ctx, a.Hashing(), normalPassword(next))
	if err != nil {
		return ended, err
	}
	err = as.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		if ended, err = as.setPassword(ctx, tx, a, p, hash, session, end, false); err != nil {
			return err
		}
		return a.Record(ctx, tx, hub.Event{Action: hub.ActionPasswordChanged, Target: hub.OfPerson(p.ID, p.Name), Detail: endedDetail(ended)})
	})
	return ended, err
}

// verifyPassword returns ErrWrongPassword unless this is the person's password. It stores a new hash if the
// cost of hashing was raised since, if there is time for it.
func (as *Accounts) verifyPassword(ctx context.Context, from secret.From, p db.Person, password string) error {
	plain := normalPassword(password)
	ok, rehash, err := as.hub.Hasher.Verify(ctx, from, plain, p.PasswordHash)
	if err != nil {
		return err
	}
	if !ok {
		return hub.ErrWrongPassword
	}
	if !rehash {
		return nil
	}
	hash, err := as.hub.Hasher.Hash(ctx, from, plain)
	if errors.Is(err, secret.ErrOverloaded) {
		return nil // the password is right; the next sign-in stores the new hash
	}
	if err != nil {
		return err
	}
	return as.hub.DB.Tx(ctx, func(tx *db.Tx) error { return tx.RehashPassword(ctx, p.ID, p.PasswordHash, hash) })
}
