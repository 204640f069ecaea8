-- Drafts: what people are writing, for their other devices.

CREATE TABLE drafts (
    user_id  BIGINT NOT NULL REFERENCES users (id),
    room_id  BIGINT NOT NULL REFERENCES rooms (id),
    body     TEXT NOT NULL,
    -- the message that it answers
    reply_to BIGINT,
    ts       BIGINT NOT NULL,
    PRIMARY KEY (user_id, room_id)
);
