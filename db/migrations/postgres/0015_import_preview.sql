-- Files of devices that wait until somebody has seen what they would add. The file is compressed.
CREATE TABLE device_import_previews (
  id         TEXT PRIMARY KEY,
  team_id    TEXT NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
  person_id  TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
  file_name  TEXT NOT NULL,
  file       BYTEA NOT NULL,
  report     TEXT NOT NULL, -- JSON: what the file would add, and what it has that can't be added
  expires_at BIGINT NOT NULL
);
CREATE INDEX device_import_previews_person ON device_import_previews (person_id, expires_at);
CREATE INDEX device_import_previews_expiry ON device_import_previews (expires_at);
CREATE INDEX device_import_previews_files ON device_import_previews (expires_at) WHERE report <> '';
