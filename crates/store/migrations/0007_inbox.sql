-- Arrived mail that a person wants read again, and the list of what is not settled.
ALTER TABLE inbox ADD COLUMN again_at {int};
CREATE INDEX inbox_again ON inbox (id) WHERE again_at IS NOT NULL;
CREATE INDEX inbox_unsettled ON inbox (id) WHERE kind IN ('received', 'unparsed', 'not_done');
