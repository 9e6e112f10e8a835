-- Device templates: what kind of device a team's devices are. A device names one by its guid, and can name one that isn't here.
CREATE TABLE device_templates (
  guid            TEXT PRIMARY KEY,
  team_id         TEXT NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
  code            TEXT NOT NULL,
  code_key        TEXT NOT NULL, -- the code in lower case: two codes of a team differ in more than that
  name            TEXT NOT NULL,
  tag             TEXT NOT NULL DEFAULT '',
  auth_type       BIGINT NOT NULL DEFAULT 0, -- 0: the document doesn't say
  message_version TEXT NOT NULL DEFAULT '',
  edge_support    BOOLEAN NOT NULL DEFAULT FALSE,
  iot_edge        BOOLEAN NOT NULL DEFAULT FALSE,
  green_grass     BOOLEAN NOT NULL DEFAULT FALSE,
  attributes      BIGINT NOT NULL DEFAULT 0, -- how many the document has
  commands        BIGINT NOT NULL DEFAULT 0,
  document        BLOB NOT NULL, -- the vendor's JSON, as it was imported
  search          TEXT NOT NULL, -- the name, the code and the tag in lower case, by which lists are sorted too
  created_at      BIGINT NOT NULL,
  updated_at      BIGINT NOT NULL,
  version         BIGINT NOT NULL DEFAULT 1
);
CREATE UNIQUE INDEX device_templates_code ON device_templates (team_id, code_key);
