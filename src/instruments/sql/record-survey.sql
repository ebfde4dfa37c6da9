-- What is staged, counted per scope and per group in it, in one pass: first by all that tells groups apart, of which there
-- are few, and then those counts together. Empty cells are counted for the scope alone.
-- Without any list of venues no venue is unknown; XXXX is none.
WITH combination AS MATERIALIZED (
  SELECT scope, left(isin, 2) AS country, left(cfi, 1) AS category, mic, currency,
         count(*) AS records,
         count(name) AS name,
         count(short_name) AS short_name,
         count(issuer_lei) AS issuer_lei,
         count(symbol) AS symbol,
         count(first_trade_on) AS first_trade_on,
         count(termination_on) AS termination_on,
         count(relevant_mic) AS relevant_mic
  FROM :staging
  GROUP BY 1, 2, 3, 4, 5
)
SELECT counted.*,
       kind = 'venue' AND counted.name <> 'XXXX' AND EXISTS (SELECT FROM venue)
         AND NOT EXISTS (SELECT FROM venue WHERE venue.mic = counted.name) AS "isUnknownVenue"
FROM (
  SELECT scope,
         CASE WHEN grouping(country) = 0 THEN 'country' WHEN grouping(category) = 0 THEN 'category'
              WHEN grouping(mic) = 0 THEN 'venue' WHEN grouping(currency) = 0 THEN 'currency' ELSE 'scope' END AS kind,
         coalesce(country, category, mic, currency, '') AS name,
         sum(records)::integer AS records,
         CASE WHEN grouping(country, category, mic, currency) = 15 THEN jsonb_build_object(
           'name', sum(records - name),
           'shortName', sum(records - short_name),
           'cfi', coalesce(sum(records) FILTER (WHERE category IS NULL), 0),
           'currency', coalesce(sum(records) FILTER (WHERE currency IS NULL), 0),
           'issuerLei', sum(records - issuer_lei),
           'symbol', sum(records - symbol),
           'firstTradeOn', sum(records - first_trade_on),
           'terminationOn', sum(records - termination_on),
           'relevantMic', sum(records - relevant_mic)) END AS empty
  FROM combination
  GROUP BY GROUPING SETS ((scope), (scope, country), (scope, category), (scope, mic), (scope, currency))
) counted
