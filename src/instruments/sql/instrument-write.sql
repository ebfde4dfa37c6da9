-- Two sources have editions of different days: what the house believes never becomes valid earlier than it was.
-- $1 valid from, $2 recorded at, $3 publication.
INSERT INTO instrument (isin, status, name, short_name, cfi, currency, issuer_lei, symbol,
                        first_trade_on, termination_on, provenance, valid_from, recorded_at, publication)
SELECT g.isin, g.status, g.name, g.short_name, g.cfi, g.currency, g.issuer_lei, g.symbol,
       g.first_trade_on, g.termination_on, g.provenance, $1, $2, $3
FROM golden g
JOIN golden_change c USING (isin)
WHERE c.is_new_version
ON CONFLICT (isin) DO UPDATE SET
  status = excluded.status, name = excluded.name, short_name = excluded.short_name, cfi = excluded.cfi,
  currency = excluded.currency, issuer_lei = excluded.issuer_lei, symbol = excluded.symbol,
  first_trade_on = excluded.first_trade_on, termination_on = excluded.termination_on,
  provenance = excluded.provenance, valid_from = greatest(excluded.valid_from, instrument.valid_from), recorded_at = excluded.recorded_at,
  publication = excluded.publication
