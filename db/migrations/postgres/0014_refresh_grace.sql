-- For how long a used refresh token still answers, so that a lost answer or a second tab signs nobody out.
ALTER TABLE apps ADD COLUMN refresh_grace BIGINT NOT NULL DEFAULT 10 CHECK (refresh_grace BETWEEN 0 AND 60); -- seconds

-- When exactly it was used, in unix nanoseconds; 0: it wasn't, or was revoked, or used before this column existed.
ALTER TABLE refresh_tokens ADD COLUMN used_nanos BIGINT NOT NULL DEFAULT 0;
ALTER TABLE refresh_tokens ADD COLUMN repeats BIGINT NOT NULL DEFAULT 0; -- answers within the grace
ALTER TABLE authorization_codes ADD COLUMN used_nanos BIGINT NOT NULL DEFAULT 0;
ALTER TABLE device_codes ADD COLUMN used_nanos BIGINT NOT NULL DEFAULT 0;
