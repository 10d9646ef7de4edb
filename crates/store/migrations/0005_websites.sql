-- What the last look at a website found, place by place.
ALTER TABLE website ADD COLUMN found {text} NOT NULL DEFAULT '';

-- The operator's list of all websites, newest first.
CREATE INDEX website_by_id ON website (id);
