-- When the person of a session last proved who they are with a second factor or a passkey.
ALTER TABLE sessions ADD COLUMN factor_at BIGINT NOT NULL DEFAULT 0;
