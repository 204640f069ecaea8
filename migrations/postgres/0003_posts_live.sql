-- Posts live: they are edited, opened to more readers, joined, read to a place, and people are mentioned in them.

-- of the latest change of title, body, category or tags; NULL: it never changed
ALTER TABLE rooms ADD COLUMN edited_ts BIGINT;
-- Whoever is no member reads from this seq on: a room that is opened to more people does not take along what was said before.
ALTER TABLE rooms ADD COLUMN open_from BIGINT NOT NULL DEFAULT 0;
-- The same for search engines, where `indexed` lets them in.
ALTER TABLE rooms ADD COLUMN indexed_from BIGINT NOT NULL DEFAULT 0;

-- Former titles and bodies of posts.
CREATE TABLE room_revisions (
    room_id   BIGINT NOT NULL REFERENCES rooms (id),
    -- of the event that replaced them
    seq       BIGINT NOT NULL,
    title     TEXT NOT NULL,
    body      TEXT NOT NULL,
    editor_id BIGINT NOT NULL REFERENCES users (id),
    PRIMARY KEY (room_id, seq)
);

-- all, mentions or none: what of a room may ask for attention
ALTER TABLE members ADD COLUMN level TEXT NOT NULL DEFAULT 'all';

CREATE TABLE mentions (
    user_id BIGINT NOT NULL REFERENCES users (id),
    room_id BIGINT NOT NULL,
    seq     BIGINT NOT NULL,
    PRIMARY KEY (user_id, room_id, seq),
    FOREIGN KEY (room_id, seq) REFERENCES events (room_id, seq)
);
