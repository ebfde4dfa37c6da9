-- $1 valid from, $2 recorded at, $3 publication.
INSERT INTO instrument (isin, status, name, short_name, cfi, currency, issuer_lei, symbol,
                        first_trade_on, termination_on, provenance, valid_from, recorded_at, publication)
SELECT g.isin, g.status, g.name, g.short_name, g.cfi, g.currency, g.issuer_lei, g.symbol,
       g.first_trade_on, g.termination_on, g.provenance, $1, $2, $3
FROM golden g
JOIN golden_change c USING (isin)
WHERE c.kind = 'new'
