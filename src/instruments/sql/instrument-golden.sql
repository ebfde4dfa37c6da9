-- The golden record of every ISIN touched, field by field: a living record before an ended one, then the source that
-- is authoritative for the field, then the source with the lower priority number, then the earliest first trade date.
CREATE TEMP TABLE golden ON COMMIT DROP AS
WITH touched AS (
  SELECT isin FROM difference UNION SELECT isin FROM ended
), candidate AS (
  SELECT r.*, s.priority, s.authoritative_for,
         r.status IN ('terminated', 'cancelled', 'missing') AS is_ended,
         jsonb_build_object('source', r.source_id, 'mic', r.mic) AS origin
  FROM touched
  JOIN record r USING (isin)
  JOIN source s ON s.id = r.source_id
), chosen AS (
  SELECT isin,
    (array_agg(status ORDER BY array_position(
       ARRAY['active', 'pending', 'unknown', 'terminated', 'cancelled', 'missing'], status)))[1] AS status,
    (array_agg(jsonb_build_array(name, origin) ORDER BY is_ended, NOT 'name' = ANY (authoritative_for), priority, first_trade_on, source_id, mic)
       FILTER (WHERE name IS NOT NULL))[1] AS name,
    (array_agg(jsonb_build_array(short_name, origin) ORDER BY is_ended, NOT 'shortName' = ANY (authoritative_for), priority, first_trade_on, source_id, mic)
       FILTER (WHERE short_name IS NOT NULL))[1] AS short_name,
    (array_agg(jsonb_build_array(cfi, origin) ORDER BY is_ended, NOT 'cfi' = ANY (authoritative_for), priority, first_trade_on, source_id, mic)
       FILTER (WHERE cfi IS NOT NULL))[1] AS cfi,
    (array_agg(jsonb_build_array(currency, origin) ORDER BY is_ended, NOT 'currency' = ANY (authoritative_for), priority, first_trade_on, source_id, mic)
       FILTER (WHERE currency IS NOT NULL))[1] AS currency,
    (array_agg(jsonb_build_array(issuer_lei, origin) ORDER BY is_ended, NOT 'issuerLei' = ANY (authoritative_for), priority, first_trade_on, source_id, mic)
       FILTER (WHERE issuer_lei IS NOT NULL))[1] AS issuer_lei,
    (array_agg(jsonb_build_array(symbol, origin) ORDER BY is_ended, NOT 'symbol' = ANY (authoritative_for), priority, first_trade_on, source_id, mic)
       FILTER (WHERE symbol IS NOT NULL))[1] AS symbol,
    (array_agg(jsonb_build_array(first_trade_on, origin) ORDER BY is_ended, NOT 'firstTradeOn' = ANY (authoritative_for), priority, first_trade_on, source_id, mic)
       FILTER (WHERE first_trade_on IS NOT NULL))[1] AS first_trade_on,
    (array_agg(jsonb_build_array(termination_on, origin) ORDER BY is_ended, NOT 'terminationOn' = ANY (authoritative_for), priority, first_trade_on, source_id, mic)
       FILTER (WHERE termination_on IS NOT NULL))[1] AS termination_on
  FROM candidate
  GROUP BY isin
)
SELECT isin, status,
       name ->> 0 AS name,
       short_name ->> 0 AS short_name,
       cfi ->> 0 AS cfi,
       currency ->> 0 AS currency,
       issuer_lei ->> 0 AS issuer_lei,
       symbol ->> 0 AS symbol,
       (first_trade_on ->> 0)::date AS first_trade_on,
       (termination_on ->> 0)::date AS termination_on,
       jsonb_strip_nulls(jsonb_build_object(
         'name', name -> 1, 'shortName', short_name -> 1, 'cfi', cfi -> 1, 'currency', currency -> 1,
         'issuerLei', issuer_lei -> 1, 'symbol', symbol -> 1,
         'firstTradeOn', first_trade_on -> 1, 'terminationOn', termination_on -> 1)) AS provenance
FROM chosen
