-- The last reset of each person's password by a link, with what it ended: the page after the sign-in shows it.
CREATE TABLE password_resets (
  person_id       TEXT PRIMARY KEY REFERENCES people (id) ON DELETE CASCADE,
  at              BIGINT NOT NULL,
  address         TEXT NOT NULL DEFAULT '',
  sessions        BIGINT NOT NULL DEFAULT 0,
  personal_tokens BIGINT NOT NULL DEFAULT 0,
  calendars       BIGINT NOT NULL DEFAULT 0,
  apps            BIGINT NOT NULL DEFAULT 0,
  email_change    BOOLEAN NOT NULL DEFAULT FALSE
);

-- Tokens that people got for themselves on the pages of an app: they have no family to end with.
CREATE INDEX access_tokens_person ON access_tokens (person_id) WHERE family_id = '' AND person_id <> '';
