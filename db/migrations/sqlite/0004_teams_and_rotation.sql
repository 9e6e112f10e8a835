-- Teams and rotation: evidence of a secret's use, refused requests, second factors, mails that
-- wait, and an audit log that shows when it was tampered with.

ALTER TABLE teams ADD COLUMN max_secret_days BIGINT NOT NULL DEFAULT 0; -- rules of a team; 0: no limit
ALTER TABLE teams ADD COLUMN max_token_days BIGINT NOT NULL DEFAULT 0; -- of its people's personal tokens
ALTER TABLE teams ADD COLUMN warn_days TEXT NOT NULL DEFAULT '30 14 7 1'; -- before a secret's end, separated by a space
ALTER TABLE teams ADD COLUMN requires_second_factor BOOLEAN NOT NULL DEFAULT FALSE;

ALTER TABLE client_secrets ADD COLUMN saved_at BIGINT NOT NULL DEFAULT 0; -- somebody showed that they have it
ALTER TABLE client_secrets ADD COLUMN saved_by_name TEXT NOT NULL DEFAULT '';
ALTER TABLE client_secrets ADD COLUMN drill_until BIGINT NOT NULL DEFAULT 0; -- refused until then, and good again after
ALTER TABLE client_secrets ADD COLUMN warned_days BIGINT NOT NULL DEFAULT 0; -- the last warning that was mailed: so many days before the end

-- Who used a secret, by day. Written in batches, after the answer.
CREATE TABLE secret_callers (
  client_id  TEXT NOT NULL REFERENCES apps (client_id) ON DELETE CASCADE,
  secret_id  TEXT NOT NULL,
  day        BIGINT NOT NULL, -- unix seconds of the day's start, UTC
  address    TEXT NOT NULL,
  user_agent TEXT NOT NULL,
  uses       BIGINT NOT NULL,
  last_at    BIGINT NOT NULL,
  PRIMARY KEY (client_id, secret_id, day, address, user_agent)
) WITHOUT ROWID;
CREATE INDEX secret_callers_day ON secret_callers (day);

-- Brownout drills: a secret refused for minutes, to see who still uses it.
CREATE TABLE drills (
  id              TEXT PRIMARY KEY,
  client_id       TEXT NOT NULL REFERENCES apps (client_id) ON DELETE CASCADE,
  secret_id       TEXT NOT NULL,
  started_by_name TEXT NOT NULL,
  started_at      BIGINT NOT NULL,
  ends_at         BIGINT NOT NULL
);
CREATE INDEX drills_client ON drills (client_id, started_at);

-- Who made, saw or was handed a secret.
CREATE TABLE secret_exposures (
  secret_id   TEXT NOT NULL,
  client_id   TEXT NOT NULL REFERENCES apps (client_id) ON DELETE CASCADE,
  person_id   TEXT NOT NULL, -- or a client_id, or "cli"
  person_name TEXT NOT NULL,
  how         TEXT NOT NULL CHECK (how IN ('made', 'proved', 'handed', 'opened')),
  at          BIGINT NOT NULL,
  PRIMARY KEY (secret_id, person_id, how)
);
CREATE INDEX secret_exposures_person ON secret_exposures (person_id);
CREATE INDEX secret_exposures_client ON secret_exposures (client_id);
INSERT INTO secret_exposures (secret_id, client_id, person_id, person_name, how, at)
  SELECT id, client_id, created_by, created_by_name, 'made', created_at FROM client_secrets WHERE created_by <> '';

-- A secret on its way to a teammate. The key is in the link's fragment and never comes here.
CREATE TABLE handovers (
  id             TEXT PRIMARY KEY,
  client_id      TEXT NOT NULL REFERENCES apps (client_id) ON DELETE CASCADE,
  secret_id      TEXT NOT NULL,
  from_id        TEXT NOT NULL,
  from_name      TEXT NOT NULL,
  to_id          TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
  ciphertext     TEXT NOT NULL, -- emptied when it is opened, cancelled or over
  created_at     BIGINT NOT NULL,
  expires_at     BIGINT NOT NULL,
  opened_at      BIGINT NOT NULL DEFAULT 0,
  opened_address TEXT NOT NULL DEFAULT '',
  cancelled_at   BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX handovers_client ON handovers (client_id, created_at);
CREATE INDEX handovers_expiry ON handovers (expires_at);

-- A person's private address of a team's calendar.
CREATE TABLE calendar_feeds (
  token_hash TEXT PRIMARY KEY,
  team_id    TEXT NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
  person_id  TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
  created_at BIGINT NOT NULL,
  UNIQUE (team_id, person_id)
);

-- Token requests that were refused, with the true reason for the app's team.
CREATE TABLE auth_failures (
  id          TEXT PRIMARY KEY, -- the error_id that the client saw
  seq         BIGINT NOT NULL, -- when, in unix nanoseconds: their order too
  team_id     TEXT NOT NULL, -- empty: of no app of the portal
  client_id   TEXT NOT NULL, -- empty: none came that could be one
  proven      BOOLEAN NOT NULL, -- the caller held something of the app's that nobody can guess
  secret_id   TEXT NOT NULL DEFAULT '',
  hint        TEXT NOT NULL DEFAULT '', -- of that secret
  status      BIGINT NOT NULL, -- status, error and description, as the client saw them
  code        TEXT NOT NULL,
  description TEXT NOT NULL,
  reason      TEXT NOT NULL, -- the kind of the true reason: secret_revoked ..
  detail      TEXT NOT NULL DEFAULT '', -- in words; nothing in it that came with the request
  endpoint    TEXT NOT NULL,
  dialect     TEXT NOT NULL DEFAULT '',
  address     TEXT NOT NULL,
  user_agent  TEXT NOT NULL
);
CREATE INDEX auth_failures_team ON auth_failures (team_id, seq);
CREATE INDEX auth_failures_client ON auth_failures (client_id, proven, seq);
CREATE INDEX auth_failures_secret ON auth_failures (secret_id, seq);
CREATE INDEX auth_failures_age ON auth_failures (seq);

-- Failed tries to sign in, by account and by address, on every process that shares the database.
CREATE TABLE sign_in_tries (
  key     TEXT PRIMARY KEY, -- SHA-256 of what is counted
  tries   BIGINT NOT NULL,
  last_at BIGINT NOT NULL,
  until   BIGINT NOT NULL -- no further try before this
);
CREATE INDEX sign_in_tries_age ON sign_in_tries (last_at);

-- A new e-mail address, on its way: both addresses have to confirm it.
CREATE TABLE email_changes (
  id               TEXT PRIMARY KEY,
  person_id        TEXT NOT NULL UNIQUE REFERENCES people (id) ON DELETE CASCADE,
  old_email        TEXT NOT NULL,
  new_email        TEXT NOT NULL,
  old_hash         TEXT NOT NULL UNIQUE, -- SHA-256 of the link's token to the old address
  new_hash         TEXT NOT NULL UNIQUE,
  old_confirmed_at BIGINT NOT NULL DEFAULT 0,
  new_confirmed_at BIGINT NOT NULL DEFAULT 0,
  created_at       BIGINT NOT NULL,
  expires_at       BIGINT NOT NULL
);

ALTER TABLE sessions ADD COLUMN verified_at BIGINT NOT NULL DEFAULT 0; -- when the person last showed password or passkey
ALTER TABLE sessions ADD COLUMN method TEXT NOT NULL DEFAULT 'password'; -- how they signed in: password, totp, recovery, passkey
UPDATE sessions SET verified_at = created_at;

-- Browsers that a person has signed in with before; others get a mail sent.
CREATE TABLE known_browsers (
  token_hash   TEXT NOT NULL,
  person_id    TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
  created_at   BIGINT NOT NULL,
  last_seen_at BIGINT NOT NULL,
  PRIMARY KEY (token_hash, person_id)
);
CREATE INDEX known_browsers_person ON known_browsers (person_id);

CREATE TABLE totp_factors (
  person_id    TEXT PRIMARY KEY REFERENCES people (id) ON DELETE CASCADE,
  secret       BLOB NOT NULL, -- AES-256-GCM under the portal's key
  created_at   BIGINT NOT NULL, -- a first code was taken then
  last_step    BIGINT NOT NULL -- of the last code that was taken: each works once
);

CREATE TABLE recovery_codes (
  hash       TEXT PRIMARY KEY,
  person_id  TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
  created_at BIGINT NOT NULL,
  used_at    BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX recovery_codes_person ON recovery_codes (person_id);

CREATE TABLE passkeys (
  id           TEXT PRIMARY KEY, -- credential id, base64url
  person_id    TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
  name         TEXT NOT NULL,
  credential   TEXT NOT NULL, -- JSON: public key, counter, flags
  created_at   BIGINT NOT NULL,
  last_used_at BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX passkeys_person ON passkeys (person_id);

-- A sign-in that waits for its second factor, or a passkey's challenge: each answered once.
CREATE TABLE sign_in_challenges (
  hash        TEXT PRIMARY KEY, -- SHA-256 of the browser's cookie
  purpose     TEXT NOT NULL CHECK (purpose IN ('second', 'passkey', 'register', 'confirm')),
  person_id   TEXT NOT NULL DEFAULT '', -- empty: a passkey says who it is
  data        TEXT NOT NULL DEFAULT '', -- JSON: the challenge, where to go after
  tries       BIGINT NOT NULL DEFAULT 0,
  created_at  BIGINT NOT NULL,
  expires_at  BIGINT NOT NULL,
  consumed_at BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX sign_in_challenges_expiry ON sign_in_challenges (expires_at);

-- Mails on their way. The body has one-time links in it, so it is encrypted, and emptied once sent.
CREATE TABLE outbox (
  id          TEXT PRIMARY KEY,
  once        TEXT NOT NULL DEFAULT '', -- a mail with the same key was or will be sent: not again
  recipient   TEXT NOT NULL,
  kind        TEXT NOT NULL, -- invitation, reset ..
  body        BLOB NOT NULL, -- AES-256-GCM under the portal's key
  tries       BIGINT NOT NULL DEFAULT 0,
  last_error  TEXT NOT NULL DEFAULT '',
  created_at  BIGINT NOT NULL,
  next_at     BIGINT NOT NULL, -- no try before this
  ends_at     BIGINT NOT NULL, -- no try after this: what it says is over then
  claimed_at  BIGINT NOT NULL DEFAULT 0, -- a process is sending it since
  sent_at     BIGINT NOT NULL DEFAULT 0,
  given_up_at BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX outbox_next ON outbox (sent_at, given_up_at, next_at);
CREATE INDEX outbox_age ON outbox (created_at);
CREATE UNIQUE INDEX outbox_once ON outbox (once) WHERE once <> '';

-- Each event holds the hash of the one before (seq - 1) and of itself; audit_head the last of both. Those of before
-- are put in the chain by db/audit_chain.go, in the transaction of this migration.
ALTER TABLE audit_events ADD COLUMN seq BIGINT NOT NULL DEFAULT 0;
ALTER TABLE audit_events ADD COLUMN hash TEXT NOT NULL DEFAULT '';
CREATE TABLE audit_head (
  id   BIGINT PRIMARY KEY CHECK (id = 1),
  seq  BIGINT NOT NULL,
  hash TEXT NOT NULL
);
INSERT INTO audit_head (id, seq, hash) VALUES (1, 0, '');
CREATE UNIQUE INDEX audit_events_seq ON audit_events (seq) WHERE seq > 0;
CREATE INDEX audit_events_actor ON audit_events (actor, id);
CREATE INDEX audit_events_team_actor ON audit_events (team_id, actor, id);
CREATE INDEX audit_events_team_target ON audit_events (team_id, target_type, target_id, id);

-- Append-only: an event in the chain is never changed or removed, and the head only goes forward.
CREATE TRIGGER audit_events_kept BEFORE UPDATE ON audit_events WHEN OLD.hash <> ''
BEGIN SELECT RAISE(ABORT, 'audit events are append-only'); END;
CREATE TRIGGER audit_events_not_deleted BEFORE DELETE ON audit_events
BEGIN SELECT RAISE(ABORT, 'audit events are append-only'); END;
CREATE TRIGGER audit_head_forward BEFORE UPDATE ON audit_head WHEN NEW.seq <= OLD.seq
BEGIN SELECT RAISE(ABORT, 'the head of the audit chain only goes forward'); END;
CREATE TRIGGER audit_head_kept BEFORE DELETE ON audit_head
BEGIN SELECT RAISE(ABORT, 'the head of the audit chain only goes forward'); END;

-- A one-time key counts for one content: the SHA-256 of what came with it.
ALTER TABLE idempotency_keys ADD COLUMN content TEXT NOT NULL DEFAULT '';

-- Name and unique id in small letters, of every script: what a search of devices looks into.
ALTER TABLE devices ADD COLUMN search TEXT NOT NULL DEFAULT '';
