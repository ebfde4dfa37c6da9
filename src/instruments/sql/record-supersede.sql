-- Versions that are about to be replaced go to history, untouched. $1 source.
INSERT INTO record_history (
  isin, source_id, mic, scope, part, status, action, is_open, name, short_name, cfi, currency, issuer_lei, symbol,
  first_trade_on, termination_on, relevant_mic, details, content_hash, exact_hash, valid_from, valid_to, stated_on,
  recorded_at, publication, edition_id)
SELECT
  r.isin, r.source_id, r.mic, r.scope, r.part, r.status, r.action, r.is_open, r.name, r.short_name, r.cfi, r.currency,
  r.issuer_lei, r.symbol, r.first_trade_on, r.termination_on, r.relevant_mic, r.details, r.content_hash, r.exact_hash,
  r.valid_from, r.valid_to, r.stated_on, r.recorded_at, r.publication, r.edition_id
FROM record r
JOIN :difference d ON d.isin = r.isin AND d.mic = r.mic
WHERE r.source_id = $1 AND d.verdict IN ('changed', 'ended', 'begun')
