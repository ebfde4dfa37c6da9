-- Absent from a full list is missing, not deleted: why it left, the list does not say.
-- $1 source, $2 valid from, $3 recorded at, $4 publication, $5 edition.
UPDATE record r
SET status = 'missing', valid_from = $2, recorded_at = $3, publication = $4, edition_id = $5
FROM ended e
WHERE r.isin = e.isin AND r.mic = e.mic AND r.source_id = $1
