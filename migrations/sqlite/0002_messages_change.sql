-- Messages change: edits, deletions, reactions; members are let in and put out.

ALTER TABLE events ADD COLUMN target_seq BIGINT;
-- JSON: what a kind has beyond the columns (emoji and on of a reaction; user, role, action of a membership)
ALTER TABLE events ADD COLUMN detail TEXT;
-- of the latest change of a message; NULL: it never changed
ALTER TABLE events ADD COLUMN rev_seq BIGINT;
ALTER TABLE events ADD COLUMN edited_ts BIGINT;
ALTER TABLE events ADD COLUMN deleted BOOLEAN NOT NULL DEFAULT FALSE;

CREATE TABLE reactions (
    room_id    BIGINT NOT NULL,
    target_seq BIGINT NOT NULL,
    emoji      TEXT NOT NULL,
    user_id    BIGINT NOT NULL REFERENCES users (id),
    -- of the event that added it
    seq        BIGINT NOT NULL,
    PRIMARY KEY (room_id, target_seq, emoji, user_id),
    FOREIGN KEY (room_id, target_seq) REFERENCES events (room_id, seq)
) WITHOUT ROWID;

-- Former texts of messages, for their authors and moderators; rev is the seq of the edit that replaced the text.
CREATE TABLE revisions (
    room_id BIGINT NOT NULL,
    seq     BIGINT NOT NULL,
    rev     BIGINT NOT NULL,
    body    TEXT NOT NULL,
    PRIMARY KEY (room_id, seq, rev),
    FOREIGN KEY (room_id, seq) REFERENCES events (room_id, seq)
) WITHOUT ROWID;
