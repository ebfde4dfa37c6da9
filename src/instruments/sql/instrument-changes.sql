-- What the golden records touched would change of known ones, as the change feed says it. A listing may change where the golden
-- record does not: that is a change too, of the field `listings`.
CREATE TEMP TABLE golden_change ON COMMIT DROP AS
SELECT g.isin,
       CASE
         WHEN g.status IN ('terminated', 'cancelled', 'missing')
          AND i.status NOT IN ('terminated', 'cancelled', 'missing') THEN 'ended'
         ELSE 'changed'
       END AS kind,
       array_remove(ARRAY[
         CASE WHEN i.status IS DISTINCT FROM g.status THEN 'status' END,
         CASE WHEN i.name IS DISTINCT FROM g.name THEN 'name' END,
         CASE WHEN i.short_name IS DISTINCT FROM g.short_name THEN 'shortName' END,
         CASE WHEN i.cfi IS DISTINCT FROM g.cfi THEN 'cfi' END,
         CASE WHEN i.currency IS DISTINCT FROM g.currency THEN 'currency' END,
         CASE WHEN i.issuer_lei IS DISTINCT FROM g.issuer_lei THEN 'issuerLei' END,
         CASE WHEN i.symbol IS DISTINCT FROM g.symbol THEN 'symbol' END,
         CASE WHEN i.first_trade_on IS DISTINCT FROM g.first_trade_on THEN 'firstTradeOn' END,
         CASE WHEN i.termination_on IS DISTINCT FROM g.termination_on THEN 'terminationOn' END,
         'listings'
       ], NULL) AS fields,
       (i.status, i.name, i.short_name, i.cfi, i.currency, i.issuer_lei, i.symbol, i.first_trade_on, i.termination_on, i.provenance)
         IS DISTINCT FROM
       (g.status, g.name, g.short_name, g.cfi, g.currency, g.issuer_lei, g.symbol, g.first_trade_on, g.termination_on, g.provenance)
         AS is_new_version
FROM golden g
JOIN instrument i USING (isin)
WHERE NOT g.is_new
