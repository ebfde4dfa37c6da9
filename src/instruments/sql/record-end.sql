-- Absent from a full list is missing, not deleted: why it left, the list does not say.
-- The edition stays the one that last named the record: the publication says which one did not.
-- $1 source, $2 day of the edition, $3 recorded at, $4 publication.
UPDATE record r
SET status = 'missing', valid_from = $2, stated_on = $2, action = 'state', recorded_at = $3, publication = $4
FROM :difference d
WHERE d.verdict = 'ended' AND r.isin = d.isin AND r.mic = d.mic AND r.source_id = $1
