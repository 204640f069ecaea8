-- Quiet: until this time, in milliseconds, a room asks for nothing of its member's attention, whatever its level. Not to
-- be taken for `muted_until`, before which a member may not write.

ALTER TABLE members ADD COLUMN quiet_until BIGINT;
