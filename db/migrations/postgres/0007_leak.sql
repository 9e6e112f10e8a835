-- Who finds a leaked client secret knows no client id: it is looked up by its last four characters alone.
CREATE INDEX client_secrets_live_hint ON client_secrets (hint) WHERE revoked_at = 0;
