-- A few records of a kind of difference. $1 source, $2 scope, $3 which: a verdict, `status`, `name`, `emptied`, `left` or
-- `joined`; $4 of `emptied` the column, of the last two the kind of group; $5 the name of the group.
SELECT CASE d.mic WHEN 'XXXX' THEN d.isin ELSE d.isin || ' ' || d.mic END AS key
FROM (
  SELECT d.*, r.isin IS NOT NULL AND r.is_open AND r.status <> 'missing' AS was_there,
         s.status AS status, r.status AS old_status, lower(s.name) AS name, lower(r.name) AS old_name,
         to_jsonb(s) ->> $4 AS cell, to_jsonb(r) ->> $4 AS old_cell, s.isin IS NOT NULL AS is_staged,
         CASE $4 WHEN 'country' THEN left(s.isin, 2) WHEN 'category' THEN left(s.cfi, 1)
                 WHEN 'venue' THEN s.mic WHEN 'currency' THEN s.currency END AS "group",
         CASE $4 WHEN 'country' THEN left(r.isin, 2) WHEN 'category' THEN left(r.cfi, 1)
                 WHEN 'venue' THEN r.mic WHEN 'currency' THEN r.currency END AS old_group
  FROM :difference d
  LEFT JOIN :staging s ON s.isin = d.isin AND s.mic = d.mic
  LEFT JOIN record r ON r.isin = d.isin AND r.mic = d.mic AND r.source_id = $1
  WHERE d.scope = $2
) d
WHERE CASE $3
  WHEN 'status' THEN verdict = 'changed' AND was_there AND status <> old_status
  WHEN 'name' THEN verdict = 'changed' AND was_there AND name IS DISTINCT FROM old_name
  WHEN 'emptied' THEN is_staged AND was_there AND cell IS NULL AND old_cell IS NOT NULL
  WHEN 'left' THEN was_there AND coalesce(old_group, '') = $5 AND NOT (is_staged AND coalesce("group", '') = $5)
  WHEN 'joined' THEN is_staged AND coalesce("group", '') = $5 AND NOT (was_there AND coalesce(old_group, '') = $5)
  ELSE verdict = $3
END
LIMIT 5
