-- The golden records that may be passed on of ISINs that a restricted source has, where another source has them too. Their clocks
-- are those of the newest of their records, so that nothing of a restricted source moves them.
INSERT INTO instrument_redistributable (isin, status, name, short_name, cfi, currency, issuer_lei, symbol,
                                        first_trade_on, termination_on, provenance, valid_from, recorded_at, publication)
SELECT g.isin, g.status, g.name, g.short_name, g.cfi, g.currency, g.issuer_lei, g.symbol,
       g.first_trade_on, g.termination_on, g.provenance, newest.valid_from, newest.recorded_at, newest.publication
FROM (:golden) g
JOIN (
  SELECT isin, max(stated_on) AS valid_from, max(recorded_at) AS recorded_at, max(publication) AS publication
  FROM :touched touched
  JOIN :records r USING (isin)
  GROUP BY isin
) newest USING (isin)
