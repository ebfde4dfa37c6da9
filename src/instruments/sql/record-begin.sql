-- Trade has begun, as the publisher had announced it: the version it stated stays the one that holds.
-- $1 source, $2 recorded at, $3 publication.
UPDATE record r
SET status = 'active', recorded_at = $2, publication = $3
FROM :difference d
WHERE d.verdict = 'begun' AND r.isin = d.isin AND r.mic = d.mic AND r.source_id = $1
