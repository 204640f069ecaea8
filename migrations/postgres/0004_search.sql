-- Search: which texts there are, and which pairs of characters each has. The indexer makes all of this from rooms and
-- events, and from nothing where it is empty; the texts themselves are read where they live.

CREATE TABLE search_docs (
    -- made from the time of the text, so that the newest has the highest
    id      BIGINT NOT NULL PRIMARY KEY,
    room_id BIGINT NOT NULL,
    -- of the message; 0 for the post
    seq     BIGINT NOT NULL,
    UNIQUE (room_id, seq)
);

-- rowid is search_docs.id, and called so because SQLite calls it so
CREATE TABLE search_index (
    rowid BIGINT NOT NULL PRIMARY KEY,
    grams TSVECTOR NOT NULL
);
-- What is new waits in a list that every search walks through: a short one, in kilobytes.
CREATE INDEX search_index_by_gram ON search_index USING gin (grams) WITH (gin_pending_list_limit = 256);

CREATE TABLE search_rooms (
    room_id     BIGINT NOT NULL PRIMARY KEY,
    -- what the log says up to here is indexed
    indexed_seq BIGINT NOT NULL,
    -- of the post as it is indexed; 0 if it had never been edited
    edited_ts   BIGINT NOT NULL
);
