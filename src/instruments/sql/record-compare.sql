-- What publishing the staged edition would do, per scope. $1 source, $2 scopes covered, $3 is it a full set?, $4 day of the edition.
WITH staged AS (
  SELECT s.scope,
         r.isin IS NULL AS is_new,
         (r.content_hash <> s.content_hash OR r.status <> s.status)
           AND r.valid_from <= $4
           AND (r.scope = s.scope OR r.valid_from < $4 OR r.status IN ('terminated', 'cancelled', 'missing')) AS is_changed,
         r.exact_hash <> s.exact_hash AS is_exactly_changed
  FROM :staging s
  LEFT JOIN record r ON r.isin = s.isin AND r.mic = s.mic AND r.source_id = $1
), held AS (
  SELECT r.scope,
         count(*) AS held,
         count(*) FILTER (WHERE s.isin IS NULL) AS ended
  FROM record r
  LEFT JOIN :staging s ON s.isin = r.isin AND s.mic = r.mic
  WHERE r.source_id = $1 AND r.scope = ANY ($2) AND r.status NOT IN ('terminated', 'cancelled', 'missing')
  GROUP BY r.scope
)
SELECT scope,
       count(st.scope) AS staged,
       coalesce(max(h.held), 0) AS held,
       count(*) FILTER (WHERE st.is_new) AS new,
       count(*) FILTER (WHERE NOT st.is_new AND st.is_changed) AS changed,
       count(*) FILTER (WHERE NOT st.is_new AND NOT st.is_changed) AS unchanged,
       CASE WHEN $3 THEN coalesce(max(h.ended), 0) ELSE 0 END AS ended,
       count(*) FILTER (WHERE NOT st.is_new AND NOT st.is_changed AND st.is_exactly_changed) AS cosmetic
FROM unnest($2::text[]) AS scope
LEFT JOIN staged st USING (scope)
LEFT JOIN held h USING (scope)
GROUP BY scope
ORDER BY scope
