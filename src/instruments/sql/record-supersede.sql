-- Versions that are about to be replaced go to history, untouched. $1 source.
INSERT INTO record_history (
  isin, source_id, mic, scope, part, status, name, short_name, cfi, currency, issuer_lei, symbol,
  first_trade_on, termination_on, details, content_hash, exact_hash, valid_from, recorded_at, publication, edition_id)
SELECT
  r.isin, r.source_id, r.mic, r.scope, r.part, r.status, r.name, r.short_name, r.cfi, 
  r.currency, r.issuer_lei, r.symbol, 
  r.first_trade_on, r.termination_on, r.details, r.content_hash, r.exact_hash, r.valid_from, r.recorded_at, r.publication, r.edition_id
FROM record r
JOIN (SELECT isin, mic FROM difference WHERE NOT is_new UNION ALL SELECT isin, mic FROM ended) replaced
  ON replaced.isin = r.isin AND replaced.mic = r.mic
WHERE r.source_id = $1
