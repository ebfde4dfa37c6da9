-- One row per venue that is staged or held: what publishing the staged edition would make of it.
-- $1 source, $2 scopes covered, $3 is it a full set?
CREATE TEMP TABLE venue_difference ON COMMIT DROP AS
SELECT coalesce(s.mic, v.mic) AS mic,
       coalesce(s.scope, v.scope) AS scope,
       s.mic IS NOT NULL AS is_staged,
       v.mic IS NOT NULL AND v.status <> 'missing' AS is_held,
       CASE
         WHEN v.mic IS NULL THEN 'new'
         WHEN s.mic IS NULL AND v.status <> 'missing' AND $3 AND v.scope = ANY ($2) THEN 'ended'
         WHEN s.mic IS NULL THEN 'untouched'
         WHEN v.content_hash <> s.content_hash OR v.status <> s.status THEN 'changed'
         ELSE 'unchanged'
       END AS verdict,
       v.content_hash = s.content_hash AND v.exact_hash <> s.exact_hash AS is_cosmetic
FROM :staging s
FULL JOIN (SELECT * FROM venue WHERE source_id = $1) v ON v.mic = s.mic
