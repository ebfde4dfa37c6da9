-- A few venues of a kind of difference. $1 scope, $2 which: a verdict, `status`, `name`, `emptied`, `left` or `joined`;
-- $3 of `emptied` the column, of the last two the kind of group; $4 the name of the group.
SELECT d.mic AS key
FROM (
  SELECT d.*, s.status AS status, v.status AS old_status, lower(s.name) AS name, lower(v.name) AS old_name,
         to_jsonb(s) ->> $3 AS cell, to_jsonb(v) ->> $3 AS old_cell
  FROM venue_difference d
  LEFT JOIN :staging s ON s.mic = d.mic
  LEFT JOIN venue v ON v.mic = d.mic
  WHERE d.scope = $1
) d
WHERE CASE $2
  WHEN 'status' THEN verdict = 'changed' AND is_held AND status <> old_status
  WHEN 'name' THEN verdict = 'changed' AND is_held AND name <> old_name
  WHEN 'emptied' THEN is_staged AND is_held AND cell IS NULL AND old_cell IS NOT NULL
  WHEN 'left' THEN is_held AND coalesce(old_cell, '') = $4 AND NOT (is_staged AND coalesce(cell, '') = $4)
  WHEN 'joined' THEN is_staged AND coalesce(cell, '') = $4 AND NOT (is_held AND coalesce(old_cell, '') = $4)
  ELSE verdict = $2
END
LIMIT 5
