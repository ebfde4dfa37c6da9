-- Two sources have editions of different days: what the house believes never becomes valid earlier than it was.
-- $1 valid from, $2 recorded at, $3 publication.
UPDATE instrument i SET
  status = g.status, name = g.name, short_name = g.short_name, cfi = g.cfi, currency = g.currency,
  issuer_lei = g.issuer_lei, symbol = g.symbol, first_trade_on = g.first_trade_on, termination_on = g.termination_on,
  provenance = g.provenance, valid_from = greatest($1, i.valid_from), recorded_at = $2, publication = $3
FROM golden g
JOIN golden_change c USING (isin)
WHERE c.is_new_version AND i.isin = g.isin
