-- What publishing the staged edition would make of each record, in a table of its own: all but those that stay as they are.
--
--   new       nobody said so before
--   changed   a newer version; `is_news` unless only its dates of validity differ
--   past      a delta of a day before the version we hold, or before the full set that brought its scope: it becomes history
--   boundary  a full set that a delta of the same day overrules: it may have been made before that delta, or after
--   cosmetic  other letter case or blanks only
--
-- An edition never overrules a later one, nor, on the same day, another list: bringing editions again must come to rest.
-- Of a publisher with a clock of its own the status of what is open follows from its dates, and so goes one way only.
-- A terminated record is told anew only by another content: reports that come late carry no period of their own.
-- $1 source, $2 day of the edition, $3 scopes whose records an earlier full set brought: there a full set is an audit.
-- $4, $5 scopes, and the day of the newest full set of each.
CREATE UNLOGGED TABLE :difference AS
SELECT d.isin, d.mic, d.scope, d.verdict,
       d.verdict IN ('new', 'changed') AND d.is_news AS is_news,
       d.anomaly,
       CASE
         WHEN d.action <> 'state' OR NOT d.is_audited OR d.verdict NOT IN ('new', 'changed') THEN NULL
         WHEN d.verdict = 'new' OR NOT d.was_living THEN 'appeared'
         WHEN d.differs THEN 'differs'
       END AS drift
FROM (
  SELECT s.isin, s.mic, s.scope, s.action,
         CASE
           WHEN r.isin IS NULL AND NOT (s.action <> 'state' AND coalesce($2 < f.full_on, false)) THEN 'new'
           WHEN r.content_hash = s.content_hash AND r.is_open = s.is_open
             AND (r.status = s.status OR (s.valid_from IS NOT NULL AND r.is_open AND r.status <> 'missing'
                                          AND (s.status = 'pending' OR r.status = 'terminated')))
             AND (s.valid_from IS NULL OR r.valid_from = s.valid_from OR NOT r.is_open)
             THEN CASE WHEN r.exact_hash <> s.exact_hash THEN 'cosmetic' ELSE 'unchanged' END
           WHEN s.action <> 'state' AND $2 < f.full_on THEN 'past'
           WHEN r.stated_on > $2 THEN CASE WHEN s.action = 'state' THEN 'unchanged' ELSE 'past' END
           WHEN r.stated_on = $2 AND s.action = 'state' AND r.action <> 'state' THEN 'boundary'
           WHEN r.stated_on = $2 AND s.action = 'state' AND r.scope <> s.scope AND r.is_open AND r.status <> 'missing' THEN 'unchanged'
           ELSE 'changed'
         END AS verdict,
         r.isin IS NULL OR r.content_hash <> s.content_hash OR r.is_open <> s.is_open OR r.status <> s.status AS is_news,
         r.content_hash <> s.content_hash OR r.valid_from <> s.valid_from AS differs,
         r.is_open AND r.status <> 'missing' AS was_living,
         s.scope = ANY ($3) AS is_audited,
         CASE
           WHEN s.action = 'new' AND r.is_open AND r.stated_on < $2 THEN 'new-for-open'
           WHEN s.action IN ('modified', 'terminated', 'cancelled') AND r.isin IS NULL THEN s.action || '-for-unknown'
         END AS anomaly
  FROM :staging s
  LEFT JOIN record r ON r.isin = s.isin AND r.mic = s.mic AND r.source_id = $1
  LEFT JOIN unnest($4::text[], $5::date[]) AS f (scope, full_on) ON f.scope = s.scope
) d
WHERE d.verdict <> 'unchanged'
