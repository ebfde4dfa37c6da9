-- Living records that a full edition covers and does not name. $1 source, $2 scopes covered.
CREATE TEMP TABLE ended ON COMMIT DROP AS
SELECT r.isin, r.mic
FROM record r
WHERE r.source_id = $1 AND r.scope = ANY ($2) AND r.status NOT IN ('terminated', 'cancelled', 'missing')
  AND NOT EXISTS (SELECT FROM :staging s WHERE s.isin = r.isin AND s.mic = r.mic)
