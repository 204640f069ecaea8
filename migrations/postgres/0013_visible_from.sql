-- Members have a place in the log from which on they read: where the room was open when they came by themselves, or what
-- those who let them in could read. And a ban has a rank, and people who left are not made members again by others.

ALTER TABLE members ADD COLUMN visible_from BIGINT NOT NULL DEFAULT 0;
-- Of who banned: a ban by the owner is lifted by an owner only.
ALTER TABLE members ADD COLUMN banned_by_role TEXT;

-- People who came after their room had been opened, and before it was closed again, came by themselves. Of people who came
-- within the same millisecond, or while the clock stood wrong, nothing can be told: they keep what they read.
UPDATE members
SET visible_from = (SELECT r.open_from FROM rooms r WHERE r.id = members.room_id)
WHERE EXISTS (
    SELECT 1
    FROM rooms r
    JOIN events o ON o.room_id = r.id AND o.seq = r.open_from
    WHERE r.id = members.room_id AND o.ts < members.joined_ts
      AND NOT EXISTS (
          SELECT 1
          FROM events c
          WHERE c.room_id = r.id AND c.seq > r.open_from AND c.ts <= members.joined_ts
            AND c.kind = 'room' AND c.detail LIKE '%"visibility":"private"%'
      )
);

UPDATE members
SET banned_by_role = CASE
    WHEN EXISTS (
        SELECT 1
        FROM events e
        JOIN members o ON o.room_id = e.room_id AND o.user_id = e.author_id AND o.role = 'owner'
        WHERE e.room_id = members.room_id AND e.kind = 'member'
          AND e.detail LIKE '%"action":"ban"%'
          AND e.detail LIKE '%"user":{"id":' || CAST(members.user_id AS TEXT) || ',%'
    ) THEN 'owner'
    ELSE 'moderator'
END
WHERE banned_ts IS NOT NULL;

-- People who left a room by themselves, or declined to come: others invite them, and do not make them members.
CREATE TABLE departures (
    room_id  BIGINT NOT NULL REFERENCES rooms (id),
    user_id  BIGINT NOT NULL REFERENCES users (id),
    ts       BIGINT NOT NULL,
    -- They were invited, and want to hear nothing more of it for a while.
    declined BOOLEAN NOT NULL,
    PRIMARY KEY (room_id, user_id)
);

CREATE TABLE invitations (
    user_id      BIGINT NOT NULL REFERENCES users (id),
    room_id      BIGINT NOT NULL REFERENCES rooms (id),
    invited_by   BIGINT NOT NULL REFERENCES users (id),
    -- from where on they read once they accept
    visible_from BIGINT NOT NULL,
    ts           BIGINT NOT NULL,
    PRIMARY KEY (user_id, room_id)
);

-- Others make somebody a member of a room at once. Otherwise they invite.
ALTER TABLE users ADD COLUMN may_be_added BOOLEAN NOT NULL DEFAULT TRUE;
