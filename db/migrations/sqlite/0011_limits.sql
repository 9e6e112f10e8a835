-- Limits that are counted across processes, and what strangers cause counted by the hour.

CREATE TABLE limit_windows (
  key     TEXT PRIMARY KEY, -- the limit, and the SHA-256 of what is counted
  count   BIGINT NOT NULL,
  ends_at BIGINT NOT NULL
);
CREATE INDEX limit_windows_end ON limit_windows (ends_at);

-- Refused sign-ins and resets of an hour. person_id is empty for all accounts that don't exist together.
CREATE TABLE refusals (
  hour      BIGINT NOT NULL, -- when it began
  kind      TEXT NOT NULL,
  place     TEXT NOT NULL,
  person_id TEXT NOT NULL,
  count     BIGINT NOT NULL,
  last_at   BIGINT NOT NULL,
  PRIMARY KEY (hour, kind, place, person_id)
);

-- An app's own limit of tokens: so many at once, and so many per second. NULL: the portal's default.
ALTER TABLE apps ADD COLUMN mint_burst BIGINT;
ALTER TABLE apps ADD COLUMN mint_rate BIGINT;
