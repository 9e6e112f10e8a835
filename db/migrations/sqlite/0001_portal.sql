-- Times are unix seconds, 0 = never. Lists of scopes are separated by one space (RFC 6749 section 3.3).

CREATE TABLE settings (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
);

CREATE TABLE people (
  id                  TEXT PRIMARY KEY,
  email               TEXT NOT NULL UNIQUE, -- lower case
  name                TEXT NOT NULL,
  phone               TEXT NOT NULL DEFAULT '',
  city                TEXT NOT NULL DEFAULT '',
  password_hash       TEXT NOT NULL DEFAULT '', -- argon2id; empty: not activated yet
  is_owner            BOOLEAN NOT NULL DEFAULT FALSE,
  created_at          BIGINT NOT NULL,
  password_changed_at BIGINT NOT NULL DEFAULT 0,
  disabled_at         BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE teams (
  id           TEXT PRIMARY KEY,
  name         TEXT NOT NULL UNIQUE,
  solution_key TEXT NOT NULL UNIQUE,
  created_at   BIGINT NOT NULL
);

CREATE TABLE memberships (
  team_id    TEXT NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
  person_id  TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
  role       TEXT NOT NULL CHECK (role IN ('admin', 'developer', 'viewer')),
  created_at BIGINT NOT NULL,
  PRIMARY KEY (team_id, person_id)
);
CREATE INDEX memberships_person ON memberships (person_id);

-- One-time links: the first owner's, invitations, password resets. Only the SHA-256 of the token is kept.
CREATE TABLE links (
  id          TEXT PRIMARY KEY,
  token_hash  TEXT NOT NULL UNIQUE,
  purpose     TEXT NOT NULL CHECK (purpose IN ('owner', 'invitation', 'reset')),
  email       TEXT NOT NULL DEFAULT '',
  person_id   TEXT NOT NULL DEFAULT '', -- the account that the link is bound to, if there is one yet
  team_id     TEXT NOT NULL DEFAULT '',
  role        TEXT NOT NULL DEFAULT '',
  makes_owner BOOLEAN NOT NULL DEFAULT FALSE,
  created_by  TEXT NOT NULL DEFAULT '',
  created_at  BIGINT NOT NULL,
  expires_at  BIGINT NOT NULL,
  consumed_at BIGINT NOT NULL DEFAULT 0,
  cancelled_at BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX links_team ON links (team_id, purpose, consumed_at);
CREATE INDEX links_email ON links (email, purpose);

CREATE TABLE sessions (
  id           TEXT PRIMARY KEY,
  secret_hash  TEXT NOT NULL, -- SHA-256 of the cookie's second half
  person_id    TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
  data         BLOB NOT NULL,
  address      TEXT NOT NULL DEFAULT '',
  user_agent   TEXT NOT NULL DEFAULT '',
  created_at   BIGINT NOT NULL,
  last_seen_at BIGINT NOT NULL,
  expires_at   BIGINT NOT NULL
);
CREATE INDEX sessions_person ON sessions (person_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE scopes (
  name        TEXT PRIMARY KEY,
  sentence    TEXT NOT NULL, -- what a token with it may do, for people
  admin_only  BOOLEAN NOT NULL DEFAULT FALSE, -- only an admin or owner may give it to an app
  position    BIGINT NOT NULL
);

CREATE TABLE apps (
  client_id      TEXT PRIMARY KEY,
  team_id        TEXT NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
  name           TEXT NOT NULL,
  description    TEXT NOT NULL DEFAULT '',
  kind           TEXT NOT NULL CHECK (kind IN ('server', 'web', 'native')),
  grants         TEXT NOT NULL, -- grant types, separated by a space
  scopes         TEXT NOT NULL DEFAULT '',
  token_lifetime BIGINT NOT NULL, -- seconds, 60 to 86400
  created_by     TEXT NOT NULL DEFAULT '', -- a person's id, or a client_id that made it by the API
  created_at     BIGINT NOT NULL,
  updated_at     BIGINT NOT NULL,
  first_call_at  BIGINT NOT NULL DEFAULT 0, -- when a token of it first reached the API
  UNIQUE (team_id, name)
);

CREATE TABLE client_secrets (
  id              TEXT PRIMARY KEY,
  client_id       TEXT NOT NULL REFERENCES apps (client_id) ON DELETE CASCADE,
  hint            TEXT NOT NULL, -- the last four characters
  label           TEXT NOT NULL DEFAULT '',
  playground      BOOLEAN NOT NULL DEFAULT FALSE, -- made by the playground's button
  hash            TEXT NOT NULL, -- argon2id
  created_by      TEXT NOT NULL DEFAULT '',
  created_by_name TEXT NOT NULL DEFAULT '',
  created_at      BIGINT NOT NULL,
  expires_at      BIGINT NOT NULL DEFAULT 0,
  revoked_at      BIGINT NOT NULL DEFAULT 0,
  revoked_by_name TEXT NOT NULL DEFAULT ''
);
CREATE INDEX client_secrets_client ON client_secrets (client_id, hint);

-- What each secret was used for: one row an hour, written with the tokens themselves.
CREATE TABLE secret_usage (
  client_id  TEXT NOT NULL REFERENCES apps (client_id) ON DELETE CASCADE,
  secret_id  TEXT NOT NULL, -- empty: a token that the portal gave a signed-in person
  hour       BIGINT NOT NULL, -- unix seconds of the hour's start
  tokens     BIGINT NOT NULL,
  last_at    BIGINT NOT NULL,
  address    TEXT NOT NULL, -- of the last use
  user_agent TEXT NOT NULL,
  PRIMARY KEY (client_id, secret_id, hour)
) WITHOUT ROWID;

CREATE TABLE access_tokens (
  jti        TEXT PRIMARY KEY,
  client_id  TEXT NOT NULL REFERENCES apps (client_id) ON DELETE CASCADE,
  secret_id  TEXT NOT NULL DEFAULT '',
  person_id  TEXT NOT NULL DEFAULT '',
  scope      TEXT NOT NULL,
  audience   TEXT NOT NULL,
  dialect    TEXT NOT NULL,
  issued_at  BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  revoked_at BIGINT NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX access_tokens_client ON access_tokens (client_id, expires_at);
CREATE INDEX access_tokens_expiry ON access_tokens (expires_at);

CREATE TABLE signing_keys (
  kid          TEXT PRIMARY KEY,
  algorithm    TEXT NOT NULL,
  private_key  BLOB NOT NULL, -- PKCS #8, AES-256-GCM under the portal's key
  created_at   BIGINT NOT NULL,
  signs_from   BIGINT NOT NULL, -- published before it signs
  signs_until  BIGINT NOT NULL DEFAULT 0,
  published_until BIGINT NOT NULL DEFAULT 0
);

-- A form's or a request's one-time key: the same one again does nothing new.
CREATE TABLE idempotency_keys (
  actor      TEXT NOT NULL,
  key        TEXT NOT NULL,
  target     TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (actor, key)
);
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);

CREATE TABLE audit_events (
  id          TEXT PRIMARY KEY, -- UUID version 7: sorts by time
  at          BIGINT NOT NULL,
  actor       TEXT NOT NULL DEFAULT '', -- a person's id, a client_id, or "cli"
  actor_name  TEXT NOT NULL DEFAULT '',
  team_id     TEXT NOT NULL DEFAULT '',
  action      TEXT NOT NULL,
  target_type TEXT NOT NULL DEFAULT '',
  target_id   TEXT NOT NULL DEFAULT '',
  target_name TEXT NOT NULL DEFAULT '',
  detail      TEXT NOT NULL DEFAULT '',
  address     TEXT NOT NULL DEFAULT '',
  user_agent  TEXT NOT NULL DEFAULT ''
);
CREATE INDEX audit_events_team ON audit_events (team_id, id);
CREATE INDEX audit_events_target ON audit_events (target_id, id);
