-- Consent: people may keep what they say out of what search engines are shown.

ALTER TABLE users ADD COLUMN may_be_listed BOOLEAN NOT NULL DEFAULT TRUE;
