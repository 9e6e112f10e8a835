package grant

import (
	"context"
	"time"

	"gatepost/db"
	"gatepost/handlers/secret"
)

// checkDeadline bounds a first check of a secret, in which several requests may share.
const checkDeadline = 20 * time.Second

// authenticate finds the client and the secret's row that the request's credentials prove.
//
// An unknown client and a wrong secret are told apart by nothing, not even by time, without
// hashing for show: the tag at a secret's end is bound to the client id, so both die on the
// same HMAC, before any query and any argon2. Only who holds a secret that this portal made
// for this client gets further, and that client's id is no news to them.
//
// The secret's row is read for every request, so that a revocation, by whichever process,
// holds from its commit on.
func (s *Server) authenticate(ctx context.Context, f *flow) error {
	switch {
	case f.ClientID == "" && f.ClientSecret == "":
		return BadClient("no credentials")
	case !s.Minter.Genuine(f.ClientID, f.ClientSecret):
		return BadClient("not a secret that was made for this client")
	}
	credentials, err := s.DB.Credentials(ctx, f.ClientID, secret.Hint(f.ClientSecret))
	if err != nil {
		return err
	}
	reason := "the secret or its app is gone"
	for _, c := range credentials {
		switch {
		case !c.Secret.RevokedAt.IsZero():
			reason = "the secret was revoked"
			continue
		case c.Secret.Expired(f.now):
			reason = "the secret has expired"
			continue
		}
		ok, err := s.matches(ctx, c.Secret, f.ClientSecret)
		if err != nil {
			return err
		}
		if ok {
			f.client = c
			return nil
		}
	}
	return BadClient(reason)
}

// matches checks a secret against its row: by what the process remembers, else by one
// argon2. Requests that come with the same secret while that runs wait for its result, so
// that a busy client's first second after a restart costs one argon2 too.
func (s *Server) matches(ctx context.Context, row db.ClientSecret, presented string) (bool, error) {
	if s.Verified.Known(row.ID, row.Hash, presented) {
		return true, nil
	}
	check := s.checks.DoChan(row.ID+secret.HashToken(presented), func() (any, error) {
		if s.Verified.Known(row.ID, row.Hash, presented) {
			return true, nil
		}
		// Others wait for this too, so that it goes on when the first of them gives up.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), checkDeadline)
		defer cancel()
		ok, _, err := s.Hasher.Verify(ctx, presented, row.Hash)
		if ok {
			s.Verified.Remember(row.ID, row.Hash, presented)
		}
		return ok, err
	})
	select {
	case result := <-check:
		ok, _ := result.Val.(bool)
		return ok, result.Err
	case <-ctx.Done():
		return false, ctx.Err()
	}
}
