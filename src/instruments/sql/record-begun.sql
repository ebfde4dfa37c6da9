-- Records whose first day of trade has come, and of which a delta says nothing. $1 source, $2 day of the edition.
INSERT INTO :difference (isin, mic, scope, verdict, is_news)
SELECT r.isin, r.mic, r.scope, 'begun', true
FROM record r
WHERE r.source_id = $1 AND r.status = 'pending' AND r.first_trade_on <= $2
  AND NOT EXISTS (SELECT FROM :staging s WHERE s.isin = r.isin AND s.mic = r.mic)
