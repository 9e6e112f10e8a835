-- Searches of people in the letters of every script; purges and warnings that read no more than they need.

-- The name in small letters. People who are here already get theirs in the transaction of this migration.
ALTER TABLE people ADD COLUMN search TEXT NOT NULL DEFAULT '';

CREATE INDEX client_secrets_end ON client_secrets (expires_at); -- by which warnings look
CREATE INDEX families_revoked ON families (revoked_at) WHERE revoked_at > 0;
CREATE INDEX links_expiry ON links (expires_at);
CREATE INDEX secret_usage_hour ON secret_usage (hour);
CREATE INDEX drills_end ON drills (ends_at);
CREATE INDEX known_browsers_seen ON known_browsers (last_seen_at);
CREATE INDEX email_changes_expiry ON email_changes (expires_at);
CREATE INDEX device_imports_age ON device_imports (created_at);

DROP INDEX devices_name;
CREATE INDEX devices_name ON devices (team_id, display_name, guid, search); -- a search reads this alone, of 100,000 devices
