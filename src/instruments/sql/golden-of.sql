-- The golden record of every ISIN of `:touched`, as the sources of `:records` have it. Each source speaks with one of its records: a living one before an ended one,
-- then the one of the venue that the publisher calls the relevant one, then the earliest first trade date. Where several
-- sources speak, each field is chosen by itself: a living record before an ended one, then the source that is authoritative
-- for the field, then the source with the lower priority number. The status is that of all records together.
WITH spoken AS (
  SELECT DISTINCT ON (isin, source_id)
    isin, source_id, mic, name, short_name, cfi, currency, issuer_lei, symbol, first_trade_on, termination_on, is_ended,
    min(standing) OVER (PARTITION BY isin) AS standing,
    min(source_id) OVER (PARTITION BY isin) = max(source_id) OVER (PARTITION BY isin) AS is_alone
  FROM (
    SELECT r.*,
           r.status IN ('terminated', 'cancelled', 'missing') AS is_ended,
           array_position(ARRAY['active', 'pending', 'unknown', 'terminated', 'cancelled', 'missing'], r.status) AS standing
    FROM :touched touched
    JOIN :records r USING (isin)
  ) candidate
  ORDER BY isin, source_id, is_ended, (mic = relevant_mic) DESC NULLS LAST, first_trade_on, mic
), alone AS (
  SELECT isin, standing, name, short_name, cfi, currency, issuer_lei, symbol, first_trade_on, termination_on,
         jsonb_build_object('*', jsonb_build_object('source', source_id, 'mic', mic)) AS provenance
  FROM spoken
  WHERE is_alone
), weighed AS (
  SELECT p.*, s.priority, s.authoritative_for,
         jsonb_build_object('source', p.source_id, 'mic', p.mic) AS origin
  FROM spoken p
  JOIN source s ON s.id = p.source_id
  WHERE NOT p.is_alone
), chosen AS (
  SELECT isin, min(standing) AS standing,
    (array_agg(jsonb_build_array(name, origin) ORDER BY is_ended, NOT 'name' = ANY (authoritative_for), priority, source_id)
       FILTER (WHERE name IS NOT NULL))[1] AS name,
    (array_agg(jsonb_build_array(short_name, origin) ORDER BY is_ended, NOT 'shortName' = ANY (authoritative_for), priority, source_id)
       FILTER (WHERE short_name IS NOT NULL))[1] AS short_name,
    (array_agg(jsonb_build_array(cfi, origin) ORDER BY is_ended, NOT 'cfi' = ANY (authoritative_for), priority, source_id)
       FILTER (WHERE cfi IS NOT NULL))[1] AS cfi,
    (array_agg(jsonb_build_array(currency, origin) ORDER BY is_ended, NOT 'currency' = ANY (authoritative_for), priority, source_id)
       FILTER (WHERE currency IS NOT NULL))[1] AS currency,
    (array_agg(jsonb_build_array(issuer_lei, origin) ORDER BY is_ended, NOT 'issuerLei' = ANY (authoritative_for), priority, source_id)
       FILTER (WHERE issuer_lei IS NOT NULL))[1] AS issuer_lei,
    (array_agg(jsonb_build_array(symbol, origin) ORDER BY is_ended, NOT 'symbol' = ANY (authoritative_for), priority, source_id)
       FILTER (WHERE symbol IS NOT NULL))[1] AS symbol,
    (array_agg(jsonb_build_array(first_trade_on, origin) ORDER BY is_ended, NOT 'firstTradeOn' = ANY (authoritative_for), priority, source_id)
       FILTER (WHERE first_trade_on IS NOT NULL))[1] AS first_trade_on,
    (array_agg(jsonb_build_array(termination_on, origin) ORDER BY is_ended, NOT 'terminationOn' = ANY (authoritative_for), priority, source_id)
       FILTER (WHERE termination_on IS NOT NULL))[1] AS termination_on
  FROM weighed
  GROUP BY isin
), believed AS (
  SELECT * FROM alone
  UNION ALL
  SELECT isin, standing, name ->> 0, short_name ->> 0, cfi ->> 0, currency ->> 0, issuer_lei ->> 0, symbol ->> 0,
         (first_trade_on ->> 0)::date, (termination_on ->> 0)::date,
         jsonb_strip_nulls(jsonb_build_object(
           'name', name -> 1, 'shortName', short_name -> 1, 'cfi', cfi -> 1, 'currency', currency -> 1,
           'issuerLei', issuer_lei -> 1, 'symbol', symbol -> 1,
           'firstTradeOn', first_trade_on -> 1, 'terminationOn', termination_on -> 1))
  FROM chosen
)
SELECT isin, (ARRAY['active', 'pending', 'unknown', 'terminated', 'cancelled', 'missing'])[standing] AS status,
       name, short_name, cfi, currency, issuer_lei, symbol, first_trade_on, termination_on, provenance
FROM believed
