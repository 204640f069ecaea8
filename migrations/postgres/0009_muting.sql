-- Muting: until this time, in milliseconds, a room asks for nothing of its member's attention, whatever its level.

ALTER TABLE members ADD COLUMN muted_until BIGINT NOT NULL DEFAULT 0;
