-- Notices: what is said of a room and of its members between the messages is found without reading the messages.

CREATE INDEX events_by_notice ON events (room_id, seq) WHERE kind IN ('member', 'room');
