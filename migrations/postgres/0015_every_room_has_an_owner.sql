-- The last member of a room stays. Rooms that were left by everybody before that are their authors' again.

UPDATE rooms
SET members = 1
WHERE NOT EXISTS (SELECT 1 FROM members m WHERE m.room_id = rooms.id AND m.banned_ts IS NULL);

INSERT INTO members (room_id, user_id, role, read_seq, joined_ts)
SELECT r.id, r.author_id, 'owner', r.last_seq, r.last_ts
FROM rooms r
WHERE NOT EXISTS (SELECT 1 FROM members m WHERE m.room_id = r.id AND m.banned_ts IS NULL)
ON CONFLICT (room_id, user_id) DO UPDATE
SET role = 'owner', banned_ts = NULL, banned_by_role = NULL;

-- Where somebody has come since, it is the author's if that is one of them, and else as when an owner leaves.
UPDATE members
SET role = 'owner'
WHERE NOT EXISTS (SELECT 1 FROM members o WHERE o.room_id = members.room_id AND o.role = 'owner' AND o.banned_ts IS NULL)
  AND user_id = (
      SELECT s.user_id
      FROM members s
      JOIN rooms r ON r.id = s.room_id
      WHERE s.room_id = members.room_id AND s.banned_ts IS NULL
      ORDER BY CASE WHEN s.user_id = r.author_id THEN 0 WHEN s.role = 'moderator' THEN 1 ELSE 2 END, s.joined_ts, s.user_id
      LIMIT 1);
