-- Counts of what the table of differences says, per scope. $1 source, $2 scopes to name even if nothing is said of them,
-- $3 venues covered, null for all.
WITH difference AS (
  SELECT scope,
         count(*) FILTER (WHERE verdict = 'new') AS new,
         count(*) FILTER (WHERE verdict IN ('changed', 'begun')) AS changed,
         count(*) FILTER (WHERE verdict IN ('new', 'changed', 'past')) AS told,
         count(*) FILTER (WHERE verdict = 'past') AS past,
         count(*) FILTER (WHERE verdict = 'ended') AS ended,
         count(*) FILTER (WHERE verdict = 'cosmetic') AS cosmetic,
         count(*) FILTER (WHERE verdict = 'boundary') AS boundary
  FROM :difference
  GROUP BY scope
), staged AS (
  SELECT scope, count(*) AS staged FROM :staging GROUP BY scope
), scopes AS (
  SELECT scope FROM staged UNION SELECT scope FROM difference UNION SELECT unnest($2::text[])
), held AS (
  SELECT scope, count(*) AS held FROM record
  WHERE source_id = $1 AND scope IN (SELECT scope FROM scopes) AND is_open AND status <> 'missing'
    AND ($3::text[] IS NULL OR mic = ANY ($3))
  GROUP BY scope
)
SELECT scope,
       coalesce(s.staged, 0) AS staged,
       coalesce(h.held, 0) AS held,
       coalesce(d.new, 0) AS new,
       coalesce(d.changed, 0) AS changed,
       coalesce(s.staged, 0) - coalesce(d.told, 0) AS unchanged,
       coalesce(d.past, 0) AS past,
       coalesce(d.ended, 0) AS ended,
       coalesce(d.cosmetic, 0) AS cosmetic,
       coalesce(d.boundary, 0) AS boundary
FROM scopes
LEFT JOIN staged s USING (scope)
LEFT JOIN held h USING (scope)
LEFT JOIN difference d USING (scope)
ORDER BY scope
