-- Accounts, room posts and their event logs. Times are milliseconds UTC; *_key columns hold NFC, case-folded text.

CREATE TABLE meta (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE users (
    id           BIGINT NOT NULL PRIMARY KEY,
    username     TEXT NOT NULL,
    username_key TEXT NOT NULL UNIQUE,
    display_name TEXT NOT NULL,
    -- PHC string, argon2id
    password     TEXT NOT NULL,
    admin        BOOLEAN NOT NULL,
    lang         TEXT,
    theme        TEXT,
    created_ts   BIGINT NOT NULL
);

CREATE TABLE sessions (
    -- SHA-256 of the id in the cookie: whoever reads this table cannot sign in with it
    id_hash    BYTEA NOT NULL PRIMARY KEY,
    data       TEXT NOT NULL,
    expires_ts BIGINT NOT NULL
);
CREATE INDEX sessions_by_expiry ON sessions (expires_ts);

CREATE TABLE categories (
    key      TEXT NOT NULL PRIMARY KEY,
    position BIGINT NOT NULL
);
INSERT INTO categories (key, position) VALUES
    ('general', 1), ('tech', 2), ('games', 3), ('music', 4), ('study', 5), ('local', 6), ('life', 7);

CREATE TABLE rooms (
    id         BIGINT NOT NULL PRIMARY KEY,
    author_id  BIGINT NOT NULL REFERENCES users (id),
    title      TEXT NOT NULL,
    body       TEXT NOT NULL,
    category   TEXT NOT NULL REFERENCES categories (key),
    -- as shown, joined by commas; room_tags is the index
    tags       TEXT NOT NULL,
    visibility TEXT NOT NULL,
    indexed    BOOLEAN NOT NULL,
    state      TEXT NOT NULL,
    created_ts BIGINT NOT NULL,
    -- of the last event, or of the post itself: never falls
    last_ts    BIGINT NOT NULL,
    last_seq   BIGINT NOT NULL,
    -- the first seq still kept
    floor_seq  BIGINT NOT NULL,
    members    BIGINT NOT NULL,
    messages   BIGINT NOT NULL,
    nonce      TEXT,
    UNIQUE (author_id, nonce)
) WITH (fillfactor = 50);
CREATE INDEX rooms_by_activity ON rooms (last_ts DESC, id DESC);
CREATE INDEX rooms_by_age ON rooms (created_ts DESC, id DESC);
CREATE INDEX rooms_by_messages ON rooms (messages DESC, id DESC);

CREATE TABLE room_tags (
    tag_key TEXT NOT NULL,
    room_id BIGINT NOT NULL REFERENCES rooms (id),
    PRIMARY KEY (tag_key, room_id)
);

CREATE TABLE members (
    room_id     BIGINT NOT NULL REFERENCES rooms (id),
    user_id     BIGINT NOT NULL REFERENCES users (id),
    role        TEXT NOT NULL,
    muted_until BIGINT,
    banned_ts   BIGINT,
    read_seq    BIGINT NOT NULL,
    joined_ts   BIGINT NOT NULL,
    PRIMARY KEY (room_id, user_id)
);
CREATE INDEX members_by_user ON members (user_id, room_id);

-- The log of a room: seq is 1, 2, 3 … without holes, and commit order is seq order.
CREATE TABLE events (
    room_id     BIGINT NOT NULL REFERENCES rooms (id),
    seq         BIGINT NOT NULL,
    kind        TEXT NOT NULL,
    author_id   BIGINT NOT NULL REFERENCES users (id),
    nonce       TEXT NOT NULL,
    -- of the request that the nonce names: tells a retry from a reuse, also after the text was changed
    fingerprint BIGINT NOT NULL,
    body        TEXT,
    reply_to    BIGINT,
    ts          BIGINT NOT NULL,
    PRIMARY KEY (room_id, seq),
    UNIQUE (author_id, nonce)
);
