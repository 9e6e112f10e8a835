-- The head of the audit log is signed under the portal's key, and removed events leave a signed checkpoint.

-- at is the time of the last event; mac the HMAC-SHA256 of seq, hash and at under the key key_id, in hexadecimal; empty: not signed.
ALTER TABLE audit_head ADD COLUMN at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE audit_head ADD COLUMN key_id TEXT NOT NULL DEFAULT '';
ALTER TABLE audit_head ADD COLUMN mac TEXT NOT NULL DEFAULT '';

-- Stands in place of the events from_seq to_seq, which were removed at removed_at because they were old.
CREATE TABLE audit_checkpoints (
  from_seq BIGINT PRIMARY KEY,
  to_seq BIGINT NOT NULL,
  events BIGINT NOT NULL,
  first_at BIGINT NOT NULL,
  last_at BIGINT NOT NULL,
  hash_before TEXT NOT NULL, -- of the event from_seq - 1; empty for the first event
  hash_after TEXT NOT NULL,  -- of the event to_seq
  removed_at BIGINT NOT NULL,
  key_id TEXT NOT NULL,
  mac TEXT NOT NULL
);

-- The last head that was kept outside of the database, and when it was mailed. Processes take turns by this row.
CREATE TABLE audit_anchor (
  id BIGINT PRIMARY KEY CHECK (id = 1),
  seq BIGINT NOT NULL,
  at BIGINT NOT NULL,
  mailed_seq BIGINT NOT NULL,
  mailed_at BIGINT NOT NULL
);
INSERT INTO audit_anchor (id, seq, at, mailed_seq, mailed_at) VALUES (1, 0, 0, 0, 0);

-- Events are deleted only where a checkpoint stands in their place.
CREATE FUNCTION audit_refuse_deletion() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.seq <= 0 OR COALESCE((SELECT to_seq FROM audit_checkpoints WHERE from_seq <= OLD.seq ORDER BY from_seq DESC LIMIT 1), 0) < OLD.seq THEN
    RAISE EXCEPTION 'audit events are append-only';
  END IF;
  RETURN OLD;
END $$;
DROP TRIGGER audit_events_not_deleted ON audit_events;
CREATE TRIGGER audit_events_not_deleted BEFORE DELETE ON audit_events FOR EACH ROW EXECUTE FUNCTION audit_refuse_deletion();
