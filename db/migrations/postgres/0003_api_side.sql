-- The API side: password logins over the API, devices with versions, APIs with documents.

-- The app that stands for password logins of a team's people (IoTConnect's document); empty until the first.
ALTER TABLE teams ADD COLUMN login_client_id TEXT NOT NULL DEFAULT '';

ALTER TABLE devices ADD COLUMN version BIGINT NOT NULL DEFAULT 1; -- one more with each change (ETag)
CREATE INDEX devices_group ON devices (team_id, group_name, guid);
-- One for each column that a list of 100,000 can be sorted by.
CREATE INDEX devices_active ON devices (team_id, is_active, guid);
CREATE INDEX devices_template ON devices (team_id, template_guid, guid);
CREATE INDEX devices_entity ON devices (team_id, entity_name, guid);
CREATE INDEX devices_connection ON devices (team_id, last_connection, guid);
DROP INDEX devices_name;
CREATE INDEX devices_name ON devices (team_id, display_name, guid, unique_id); -- what a search reads is all in it

ALTER TABLE apis ADD COLUMN slug TEXT NOT NULL DEFAULT ''; -- of its address /apis/{slug}; empty: it has no document
ALTER TABLE apis ADD COLUMN source_url TEXT NOT NULL DEFAULT ''; -- where the document is fetched from; empty: it was pasted
ALTER TABLE apis ADD COLUMN servers TEXT NOT NULL DEFAULT ''; -- approved servers for the proxy, separated by a space
ALTER TABLE apis ADD COLUMN direct BOOLEAN NOT NULL DEFAULT FALSE; -- its servers allow calls from the portal's pages
ALTER TABLE apis ADD COLUMN updated_at BIGINT NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX apis_slug ON apis (slug) WHERE slug <> '';

-- The documents of an API, newest version shown.
CREATE TABLE api_documents (
  api_id     TEXT NOT NULL REFERENCES apis (id) ON DELETE CASCADE,
  version    BIGINT NOT NULL, -- 1, 2, 3 ..
  title      TEXT NOT NULL,
  document   BYTEA NOT NULL, -- JSON, as it is served
  findings   TEXT NOT NULL DEFAULT '', -- JSON: what the check found
  facts      TEXT NOT NULL DEFAULT '', -- JSON: its servers, header parameters, scopes and bearer scheme
  created_by TEXT NOT NULL DEFAULT '',
  created_at BIGINT NOT NULL,
  PRIMARY KEY (api_id, version)
);

-- Imports of devices from a file. seen_at tells a running one from one whose process is gone.
CREATE TABLE device_imports (
  id          TEXT PRIMARY KEY,
  team_id     TEXT NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
  person_id   TEXT NOT NULL,
  person_name TEXT NOT NULL,
  file_name   TEXT NOT NULL,
  total       BIGINT NOT NULL, -- lines of devices in the file
  done        BIGINT NOT NULL DEFAULT 0,
  added       BIGINT NOT NULL DEFAULT 0,
  refused     BIGINT NOT NULL DEFAULT 0,
  report      TEXT NOT NULL DEFAULT '', -- the first refused lines, one JSON object a line
  created_at  BIGINT NOT NULL,
  seen_at     BIGINT NOT NULL,
  finished_at BIGINT NOT NULL DEFAULT 0 -- 0: it runs, or was interrupted
);
CREATE INDEX device_imports_team ON device_imports (team_id, created_at);
