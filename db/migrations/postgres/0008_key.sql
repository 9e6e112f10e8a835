-- The portal's key can be replaced. What it sealed is in its own tables; here is which keys there are.

CREATE TABLE portal_keys (
  id           TEXT PRIMARY KEY,
  key_check    TEXT NOT NULL, -- derived from the key: proves that a key is this one
  added_at     BIGINT NOT NULL,
  current_from BIGINT NOT NULL DEFAULT 0, -- the latest of them is the current key; 0: not yet
  retired_at   BIGINT NOT NULL DEFAULT 0, -- since when the portal works without the key
  kept         BYTEA NOT NULL DEFAULT '' -- what is left of a retired key, sealed by a later one
);
CREATE UNIQUE INDEX portal_keys_next ON portal_keys (current_from) WHERE current_from = 0; -- one at a time

-- Running servers, with the keys that they hold: a key becomes current once all of them hold it.
CREATE TABLE key_holders (
  process     TEXT PRIMARY KEY,
  host        TEXT NOT NULL,
  key_ids     TEXT NOT NULL, -- separated by spaces
  current_key TEXT NOT NULL,
  seen_at     BIGINT NOT NULL
);

-- Hand-overs are now bound to their recipient and secret. Those that wait can't be opened any more.
UPDATE handovers SET ciphertext = '', cancelled_at = created_at WHERE opened_at = 0 AND cancelled_at = 0;
