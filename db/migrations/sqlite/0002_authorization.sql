-- The authorization server: what people allow, and what comes of it.

ALTER TABLE apps ADD COLUMN redirect_uris TEXT NOT NULL DEFAULT ''; -- separated by a space, as registered
ALTER TABLE apps ADD COLUMN auth_method TEXT NOT NULL DEFAULT 'client_secret' CHECK (auth_method IN ('client_secret', 'private_key_jwt', 'none'));
ALTER TABLE apps ADD COLUMN jwks TEXT NOT NULL DEFAULT ''; -- public keys of private_key_jwt, as a JWK set
ALTER TABLE apps ADD COLUMN jwks_uri TEXT NOT NULL DEFAULT '';
ALTER TABLE apps ADD COLUMN query_parameters BOOLEAN NOT NULL DEFAULT FALSE; -- Netrex's document: token requests in the query string
ALTER TABLE apps ADD COLUMN introspection TEXT NOT NULL DEFAULT '' CHECK (introspection IN ('', 'team', 'portal')); -- whose tokens it may introspect

ALTER TABLE access_tokens ADD COLUMN family_id TEXT NOT NULL DEFAULT '';
ALTER TABLE access_tokens ADD COLUMN last_seen_at BIGINT NOT NULL DEFAULT 0; -- by introspection
CREATE INDEX access_tokens_family ON access_tokens (family_id);

-- What a person allowed an app, so that they are not asked again.
CREATE TABLE authorizations (
  id         TEXT PRIMARY KEY,
  person_id  TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
  client_id  TEXT NOT NULL REFERENCES apps (client_id) ON DELETE CASCADE,
  scopes     TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  UNIQUE (person_id, client_id)
);
CREATE INDEX authorizations_client ON authorizations (client_id);

-- One yes of a person, with the code and all tokens that come of it.
CREATE TABLE families (
  id           TEXT PRIMARY KEY,
  client_id    TEXT NOT NULL REFERENCES apps (client_id) ON DELETE CASCADE,
  person_id    TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
  scope        TEXT NOT NULL,
  audience     TEXT NOT NULL, -- separated by a space
  dialect      TEXT NOT NULL DEFAULT '',
  auth_time    BIGINT NOT NULL, -- when the person signed in
  created_at   BIGINT NOT NULL,
  last_used_at BIGINT NOT NULL DEFAULT 0,
  expires_at   BIGINT NOT NULL,
  revoked_at   BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX families_person ON families (person_id, client_id);
CREATE INDEX families_client ON families (client_id);
CREATE INDEX families_expiry ON families (expires_at);

-- Of codes and tokens only the SHA-256 is kept.
CREATE TABLE authorization_codes (
  hash           TEXT PRIMARY KEY,
  family_id      TEXT NOT NULL REFERENCES families (id) ON DELETE CASCADE,
  client_id      TEXT NOT NULL,
  person_id      TEXT NOT NULL,
  redirect_uri   TEXT NOT NULL,
  redirect_given BOOLEAN NOT NULL, -- the request named it, so the token request must too
  challenge      TEXT NOT NULL DEFAULT '', -- S256 (RFC 7636)
  created_at     BIGINT NOT NULL,
  expires_at     BIGINT NOT NULL,
  consumed_at    BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX authorization_codes_family ON authorization_codes (family_id);

CREATE TABLE refresh_tokens (
  hash        TEXT PRIMARY KEY,
  family_id   TEXT NOT NULL REFERENCES families (id) ON DELETE CASCADE,
  client_id   TEXT NOT NULL,
  secret_id   TEXT NOT NULL DEFAULT '', -- the secret that the client showed for it
  issued_at   BIGINT NOT NULL,
  expires_at  BIGINT NOT NULL,
  consumed_at BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX refresh_tokens_family ON refresh_tokens (family_id);
CREATE INDEX refresh_tokens_secret ON refresh_tokens (secret_id);
CREATE INDEX refresh_tokens_expiry ON refresh_tokens (expires_at);

CREATE TABLE device_codes (
  hash         TEXT PRIMARY KEY,
  user_code    TEXT NOT NULL UNIQUE, -- eight letters, without the dash
  client_id    TEXT NOT NULL REFERENCES apps (client_id) ON DELETE CASCADE,
  scope        TEXT NOT NULL,
  audience     TEXT NOT NULL,
  state        TEXT NOT NULL CHECK (state IN ('pending', 'approved', 'denied')),
  person_id    TEXT NOT NULL DEFAULT '',
  family_id    TEXT NOT NULL DEFAULT '',
  interval_s   BIGINT NOT NULL, -- seconds that must lie between two polls
  last_poll_at BIGINT NOT NULL DEFAULT 0,
  address      TEXT NOT NULL DEFAULT '', -- of the device
  user_agent   TEXT NOT NULL DEFAULT '',
  created_at   BIGINT NOT NULL,
  expires_at   BIGINT NOT NULL,
  consumed_at  BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX device_codes_expiry ON device_codes (expires_at);

-- A consent page that was shown and waits for its answer.
CREATE TABLE consent_requests (
  id             TEXT PRIMARY KEY,
  session_id     TEXT NOT NULL,
  person_id      TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
  client_id      TEXT NOT NULL REFERENCES apps (client_id) ON DELETE CASCADE,
  redirect_uri   TEXT NOT NULL DEFAULT '',
  redirect_given BOOLEAN NOT NULL DEFAULT FALSE,
  scope          TEXT NOT NULL,
  state          TEXT NOT NULL DEFAULT '', -- the client's, byte for byte
  challenge      TEXT NOT NULL DEFAULT '',
  audience       TEXT NOT NULL,
  device_hash    TEXT NOT NULL DEFAULT '', -- of the device code that it answers, if any
  auth_time      BIGINT NOT NULL,
  created_at     BIGINT NOT NULL,
  expires_at     BIGINT NOT NULL,
  answered_at    BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX consent_requests_expiry ON consent_requests (expires_at);

CREATE TABLE personal_tokens (
  id           TEXT PRIMARY KEY,
  person_id    TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
  name         TEXT NOT NULL,
  hash         TEXT NOT NULL UNIQUE,
  hint         TEXT NOT NULL, -- the last four characters
  scopes       TEXT NOT NULL,
  created_at   BIGINT NOT NULL,
  expires_at   BIGINT NOT NULL DEFAULT 0,
  revoked_at   BIGINT NOT NULL DEFAULT 0,
  last_used_at BIGINT NOT NULL DEFAULT 0,
  last_address TEXT NOT NULL DEFAULT '',
  last_agent   TEXT NOT NULL DEFAULT ''
);
CREATE INDEX personal_tokens_person ON personal_tokens (person_id);

-- Ids of client assertions that were used, until they expire (RFC 7523 section 3).
CREATE TABLE client_assertions (
  client_id  TEXT NOT NULL,
  jti        TEXT NOT NULL,
  expires_at BIGINT NOT NULL,
  PRIMARY KEY (client_id, jti)
) WITHOUT ROWID;
CREATE INDEX client_assertions_expiry ON client_assertions (expires_at);

-- The APIs that tokens can be for, beside the portal's own (RFC 8707).
CREATE TABLE apis (
  id         TEXT PRIMARY KEY,
  name       TEXT NOT NULL,
  audience   TEXT NOT NULL UNIQUE,
  created_at BIGINT NOT NULL
);

CREATE TABLE devices (
  guid            TEXT PRIMARY KEY,
  team_id         TEXT NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
  unique_id       TEXT NOT NULL,
  display_name    TEXT NOT NULL,
  is_active       BOOLEAN NOT NULL DEFAULT TRUE,
  template_guid   TEXT NOT NULL DEFAULT '',
  entity_name     TEXT NOT NULL DEFAULT '',
  group_name      TEXT NOT NULL DEFAULT '',
  last_connection BIGINT NOT NULL DEFAULT 0,
  created_at      BIGINT NOT NULL,
  updated_at      BIGINT NOT NULL,
  UNIQUE (team_id, unique_id)
);
CREATE INDEX devices_name ON devices (team_id, display_name, guid);

-- Which devices a viewer sees.
CREATE TABLE device_grants (
  device_guid TEXT NOT NULL REFERENCES devices (guid) ON DELETE CASCADE,
  person_id   TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
  created_at  BIGINT NOT NULL,
  PRIMARY KEY (device_guid, person_id)
);
CREATE INDEX device_grants_person ON device_grants (person_id);
