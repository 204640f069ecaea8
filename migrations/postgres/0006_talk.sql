-- Talk: chains of replies and pins are found, people say who they are and what others may see, reading can be taken back.

CREATE INDEX events_by_reply ON events (room_id, reply_to) WHERE reply_to IS NOT NULL;
CREATE INDEX mentions_by_message ON mentions (room_id, seq);

-- of the event that pinned a message; NULL: it is not pinned
ALTER TABLE events ADD COLUMN pin_seq BIGINT;
CREATE INDEX events_by_pin ON events (room_id, pin_seq) WHERE pin_seq IS NOT NULL;

-- what somebody tells of themselves, without markup
ALTER TABLE users ADD COLUMN bio TEXT NOT NULL DEFAULT '';
-- others are told that they are in a room, and that they are writing
ALTER TABLE users ADD COLUMN shows_presence BOOLEAN NOT NULL DEFAULT TRUE;
ALTER TABLE users ADD COLUMN shows_typing BOOLEAN NOT NULL DEFAULT TRUE;
-- NFC, case-folded
ALTER TABLE users ADD COLUMN display_key TEXT NOT NULL DEFAULT '';
UPDATE users SET display_key = LOWER(display_name);

-- where a member had read to before they marked everything as read, and when that was
ALTER TABLE members ADD COLUMN read_before BIGINT;
ALTER TABLE members ADD COLUMN read_all_ts BIGINT;
