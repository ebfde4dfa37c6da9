-- Golden versions that are about to be replaced go to history, untouched.
INSERT INTO instrument_history (isin, status, name, short_name, cfi, currency, issuer_lei, symbol,
                                first_trade_on, termination_on, provenance, valid_from, recorded_at, publication)
SELECT i.isin, i.status, i.name, i.short_name, i.cfi, i.currency, i.issuer_lei, i.symbol,
       i.first_trade_on, i.termination_on, i.provenance, i.valid_from, i.recorded_at, i.publication
FROM instrument i
JOIN golden_change c USING (isin)
WHERE c.is_new_version
