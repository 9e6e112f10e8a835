-- Consent is bound to teams and to what the app was at that time; which apps may ask for which API is data.

ALTER TABLE authorizations ADD COLUMN teams TEXT NOT NULL DEFAULT ''; -- ids of the teams that the app may reach, separated by a space
ALTER TABLE authorizations ADD COLUMN redirect_uris TEXT NOT NULL DEFAULT ''; -- where the person has agreed to be sent back to
ALTER TABLE authorizations ADD COLUMN ended TEXT NOT NULL DEFAULT '' CHECK (ended IN ('', 'team', 'redirect_uris', 'scopes')); -- what changed about the app, so that the person is asked again
ALTER TABLE families ADD COLUMN teams TEXT NOT NULL DEFAULT ''; -- as in authorizations

-- What was allowed before is bound to the teams that its person is in now, and vendor logins to the team of their app.
UPDATE families SET teams = COALESCE((SELECT group_concat(m.team_id, ' ') FROM memberships m WHERE m.person_id = families.person_id), '');
UPDATE families SET teams = (SELECT a.team_id FROM apps a WHERE a.client_id = families.client_id) WHERE dialect = 'iotconnect';
UPDATE authorizations SET
  teams = COALESCE((SELECT group_concat(m.team_id, ' ') FROM memberships m WHERE m.person_id = authorizations.person_id), ''),
  redirect_uris = (SELECT a.redirect_uris FROM apps a WHERE a.client_id = authorizations.client_id);
UPDATE authorizations SET teams = (SELECT a.team_id FROM apps a WHERE a.client_id = authorizations.client_id)
  WHERE client_id IN (SELECT login_client_id FROM teams);

ALTER TABLE apis ADD COLUMN scopes TEXT NOT NULL DEFAULT ''; -- that its newest document names, separated by a space
ALTER TABLE apis ADD COLUMN access TEXT NOT NULL DEFAULT 'scopes' CHECK (access IN ('scopes', 'apps')); -- who may ask for it: apps with one of its scopes, or those of api_apps

CREATE TABLE api_apps (
  api_id    TEXT NOT NULL REFERENCES apis (id) ON DELETE CASCADE,
  client_id TEXT NOT NULL REFERENCES apps (client_id) ON DELETE CASCADE,
  PRIMARY KEY (api_id, client_id)
);
CREATE INDEX api_apps_client ON api_apps (client_id);

UPDATE apis SET scopes = COALESCE((
  SELECT group_concat(json_extract(s.value, '$.name'), ' ')
  FROM (SELECT CASE WHEN d.facts = '' THEN '{}' ELSE d.facts END AS facts
    FROM api_documents d WHERE d.api_id = apis.id ORDER BY d.version DESC LIMIT 1) newest,
    json_each(newest.facts, '$.scopes') s
  WHERE json_extract(s.value, '$.name') NOT LIKE '% %'), '');
-- An API without known scopes stays open to the apps that use it.
INSERT INTO api_apps (api_id, client_id)
  SELECT DISTINCT i.id, used.client_id
  FROM apis i
  JOIN (SELECT client_id, audience FROM access_tokens UNION SELECT client_id, audience FROM families) used
    ON instr(' ' || used.audience || ' ', ' ' || i.audience || ' ') > 0
  WHERE i.scopes = '';
UPDATE apis SET access = 'apps' WHERE scopes = '';
