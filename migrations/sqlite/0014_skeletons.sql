-- Skeletons: names that look alike, or are called alike, are one name (UTS #39). The program fills this in, because it
-- knows Unicode's tables.

CREATE TABLE skeletons (
    skeleton    TEXT NOT NULL,
    -- of a username; otherwise of a display name that is shown without the username behind it
    is_username BOOLEAN NOT NULL,
    -- the first account that had it: of older names that look alike, the others go without
    user_id     BIGINT NOT NULL REFERENCES users (id),
    PRIMARY KEY (skeleton, is_username)
) WITHOUT ROWID;
CREATE INDEX skeletons_by_user ON skeletons (user_id);

-- One person gives a message so many kinds of reactions, and no more.
CREATE INDEX reactions_by_person ON reactions (room_id, target_seq, user_id);
