-- Absent from a full list is missing, not deleted. $1 source, $2 valid from, $3 recorded at, $4 publication.
UPDATE venue v
SET status = 'missing', source_id = $1, valid_from = $2, recorded_at = $3, publication = $4
FROM venue_difference d
WHERE d.mic = v.mic AND d.verdict = 'ended'
