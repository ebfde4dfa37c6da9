-- Open records that a list of cancelled ones names. $1 run, $2 source.
WITH listed AS (
  INSERT INTO drift (run_id, isin, mic, reason)
  SELECT DISTINCT $1::bigint, r.isin, r.mic, 'cancelled'
  FROM :staging s
  JOIN record r ON r.isin = s.isin AND r.mic = s.mic AND r.source_id = $2
  WHERE r.is_open
  ON CONFLICT DO NOTHING
  RETURNING 1
)
SELECT count(*) AS count FROM listed
