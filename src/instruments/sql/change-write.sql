-- The change feed. $1 publication.
INSERT INTO change (isin, publication, kind, fields)
SELECT isin, $1::bigint, kind, fields
FROM golden_change
UNION ALL
SELECT isin, $1::bigint, 'new', array_remove(ARRAY[
         'status',
         CASE WHEN name IS NOT NULL THEN 'name' END,
         CASE WHEN short_name IS NOT NULL THEN 'shortName' END,
         CASE WHEN cfi IS NOT NULL THEN 'cfi' END,
         CASE WHEN currency IS NOT NULL THEN 'currency' END,
         CASE WHEN issuer_lei IS NOT NULL THEN 'issuerLei' END,
         CASE WHEN symbol IS NOT NULL THEN 'symbol' END,
         CASE WHEN first_trade_on IS NOT NULL THEN 'firstTradeOn' END,
         CASE WHEN termination_on IS NOT NULL THEN 'terminationOn' END,
         'listings'
       ], NULL)
FROM golden
WHERE is_new
