-- What Enter does in the field for messages: it sends, or breaks the line.

ALTER TABLE users ADD COLUMN enter_sends BOOLEAN NOT NULL DEFAULT TRUE;
