-- A session knows whose it is, so that all of somebody's sessions can be ended at once.
ALTER TABLE sessions ADD COLUMN user_id BIGINT REFERENCES users (id) ON DELETE CASCADE;
UPDATE sessions SET user_id = (
    SELECT users.id
    FROM users
    WHERE users.id = json_extract(sessions.data, '$."axum-login.data".user_id')
);
-- Nobody is signed in by what is left.
DELETE FROM sessions WHERE user_id IS NULL;
CREATE INDEX sessions_by_user ON sessions (user_id);
