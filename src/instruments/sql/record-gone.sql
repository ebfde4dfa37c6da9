-- Living records that a full edition covers and does not name. What a delta of the same day said, the full set may not
-- know yet. $1 source, $2 day of the edition, $3 scopes audited, $4 scopes covered, $5 venues covered, null for all.
INSERT INTO :difference (isin, mic, scope, verdict, is_news, drift)
SELECT r.isin, r.mic, r.scope, 'ended', true, CASE WHEN r.scope = ANY ($3) THEN 'vanished' END
FROM record r
WHERE r.source_id = $1 AND r.scope = ANY ($4) AND r.is_open AND r.status <> 'missing'
  AND ($5::text[] IS NULL OR r.mic = ANY ($5))
  AND (r.stated_on < $2 OR (r.stated_on = $2 AND r.action = 'state'))
  AND NOT EXISTS (SELECT FROM :staging s WHERE s.isin = r.isin AND s.mic = r.mic)
