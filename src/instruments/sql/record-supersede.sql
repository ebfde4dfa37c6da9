-- Versions that are about to be replaced go to history, untouched. $1 source.
INSERT INTO record_history
SELECT r.*
FROM record r
JOIN (SELECT isin, mic FROM difference WHERE NOT is_new UNION ALL SELECT isin, mic FROM ended) replaced
  ON replaced.isin = r.isin AND replaced.mic = r.mic
WHERE r.source_id = $1
