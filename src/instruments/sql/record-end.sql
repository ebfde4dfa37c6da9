-- Absent from a full list is missing, not deleted: why it left, the list does not say.
-- $1 source, $2 valid from, $3 recorded at, $4 publication.
-- The edition stays the one that last named the record: the publication says which one did not.
UPDATE record r
SET status = 'missing', valid_from = $2, recorded_at = $3, publication = $4
FROM ended e
WHERE r.isin = e.isin AND r.mic = e.mic AND r.source_id = $1
