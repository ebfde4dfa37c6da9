-- Each difference an audit found, with the fields that differ. $1 run, $2 source.
INSERT INTO drift (run_id, isin, mic, reason, fields)
SELECT $1, d.isin, d.mic, d.drift,
       CASE WHEN d.drift <> 'differs' THEN '{}' ELSE array_remove(ARRAY[
         CASE WHEN r.valid_from IS DISTINCT FROM s.valid_from THEN 'validFrom' END,
         CASE WHEN r.name IS DISTINCT FROM s.name THEN 'name' END,
         CASE WHEN r.short_name IS DISTINCT FROM s.short_name THEN 'shortName' END,
         CASE WHEN r.cfi IS DISTINCT FROM s.cfi THEN 'cfi' END,
         CASE WHEN r.currency IS DISTINCT FROM s.currency THEN 'currency' END,
         CASE WHEN r.issuer_lei IS DISTINCT FROM s.issuer_lei THEN 'issuerLei' END,
         CASE WHEN r.symbol IS DISTINCT FROM s.symbol THEN 'symbol' END,
         CASE WHEN r.first_trade_on IS DISTINCT FROM s.first_trade_on THEN 'firstTradeOn' END,
         CASE WHEN r.termination_on IS DISTINCT FROM s.termination_on THEN 'terminationOn' END,
         CASE WHEN r.relevant_mic IS DISTINCT FROM s.relevant_mic THEN 'relevantMic' END
       ], NULL) || ARRAY(
         SELECT 'details.' || key
         FROM jsonb_each(r.details) AS was (key, value)
         FULL JOIN jsonb_each(s.details) AS says (key, value) USING (key)
         WHERE was.value IS DISTINCT FROM says.value
         ORDER BY key) END
FROM :difference d
LEFT JOIN :staging s ON s.isin = d.isin AND s.mic = d.mic
LEFT JOIN record r ON r.isin = d.isin AND r.mic = d.mic AND r.source_id = $2
WHERE d.drift IS NOT NULL
ON CONFLICT DO NOTHING
