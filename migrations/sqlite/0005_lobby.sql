-- The lobby: categories that an administrator names and orders, and lists of it that are read from an index.

-- Shown in place of the program's own name for a category; empty: there is none.
ALTER TABLE categories ADD COLUMN name_en TEXT NOT NULL DEFAULT '';
ALTER TABLE categories ADD COLUMN name_ko TEXT NOT NULL DEFAULT '';

-- What the lobby filters by stands in the index of each of its orders: a rare category is found without reading posts.
DROP INDEX rooms_by_activity;
DROP INDEX rooms_by_age;
DROP INDEX rooms_by_messages;
CREATE INDEX rooms_by_activity ON rooms (last_ts DESC, id DESC, visibility, category, state);
CREATE INDEX rooms_by_age ON rooms (created_ts DESC, id DESC, visibility, category, state);
CREATE INDEX rooms_by_messages ON rooms (messages DESC, id DESC, visibility, category, state);
CREATE INDEX room_tags_by_room ON room_tags (room_id);

-- Posts are found by the first consonants of their titles, too: all of them are to be indexed anew.
UPDATE search_rooms SET edited_ts = -1;
