-- A few records of a kind of difference. $1 source, $2 scope, $3 which: a verdict, `status`, `name`, `emptied`, `left` or
-- `joined`; `emptied` is about :column. Of the last two $4 is the kind of group, $5 its name.
-- Found apart from the limit: for a handful of rows PostgreSQL would plan nested loops, and there may be no handful.
WITH found AS MATERIALIZED (
  SELECT d.isin, d.mic
  FROM :difference d
  LEFT JOIN :staging s ON s.isin = d.isin AND s.mic = d.mic
  LEFT JOIN record r ON r.isin = d.isin AND r.mic = d.mic AND r.source_id = $1
  CROSS JOIN LATERAL (
    SELECT s.isin IS NOT NULL AS is_staged,
           r.isin IS NOT NULL AND r.is_open AND r.status <> 'missing' AS was_there,
           coalesce(CASE $4 WHEN 'country' THEN left(s.isin, 2) WHEN 'category' THEN left(s.cfi, 1)
                            WHEN 'venue' THEN s.mic WHEN 'currency' THEN s.currency END, '') = $5 AS is_in,
           coalesce(CASE $4 WHEN 'country' THEN left(r.isin, 2) WHEN 'category' THEN left(r.cfi, 1)
                            WHEN 'venue' THEN r.mic WHEN 'currency' THEN r.currency END, '') = $5 AS was_in
  ) m
  WHERE CASE $3
    WHEN 'status' THEN d.scope = $2 AND d.verdict = 'changed' AND was_there AND s.status <> r.status
    WHEN 'name' THEN d.scope = $2 AND d.verdict = 'changed' AND was_there
      AND lower(s.name) IS DISTINCT FROM lower(r.name)
    WHEN 'emptied' THEN d.scope = $2 AND is_staged AND was_there
      AND s.:column IS NULL AND r.:column IS NOT NULL
    WHEN 'left' THEN r.scope = $2 AND was_there AND was_in AND NOT (is_staged AND s.scope = $2 AND is_in)
    WHEN 'joined' THEN d.scope = $2 AND is_staged AND is_in AND NOT (was_there AND was_in)
    ELSE d.scope = $2 AND d.verdict = $3
  END
)
SELECT CASE mic WHEN 'XXXX' THEN isin ELSE isin || ' ' || mic END AS key FROM found LIMIT 5
