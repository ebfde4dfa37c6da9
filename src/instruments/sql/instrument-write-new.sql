-- $1 valid from, $2 recorded at, $3 publication.
INSERT INTO instrument (isin, status, name, short_name, cfi, currency, issuer_lei, symbol,
                        first_trade_on, termination_on, provenance, valid_from, recorded_at, publication)
SELECT isin, status, name, short_name, cfi, currency, issuer_lei, symbol,
       first_trade_on, termination_on, provenance, $1, $2, $3
FROM golden
WHERE is_new
