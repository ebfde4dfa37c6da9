-- What an older delta says is history from the start.
-- $1 source, $2 day of the edition, $3 recorded at, $4 publication, $5 edition.
INSERT INTO record_history (
  isin, source_id, mic, scope, part, status, action, is_open, name, short_name, cfi, currency, issuer_lei, symbol,
  first_trade_on, termination_on, relevant_mic, details, content_hash, exact_hash, valid_from, valid_to, stated_on,
  recorded_at, publication, edition_id)
SELECT
  s.isin, $1, s.mic, s.scope, s.part, s.status, s.action, s.is_open, s.name, s.short_name, s.cfi, s.currency,
  s.issuer_lei, s.symbol, s.first_trade_on, s.termination_on, s.relevant_mic, s.details, s.content_hash, s.exact_hash,
  coalesce(s.valid_from, $2), s.valid_to, $2, $3, $4, $5
FROM :staging s
JOIN :difference d ON d.isin = s.isin AND d.mic = s.mic
WHERE d.verdict = 'past'
