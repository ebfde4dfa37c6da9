-- $1 source, $2 day of the edition, $3 recorded at, $4 publication, $5 edition.
UPDATE record r SET
  scope = s.scope, part = s.part, status = s.status, action = s.action, is_open = s.is_open, name = s.name,
  short_name = s.short_name, cfi = s.cfi, currency = s.currency, issuer_lei = s.issuer_lei, symbol = s.symbol,
  first_trade_on = s.first_trade_on, termination_on = s.termination_on, relevant_mic = s.relevant_mic,
  details = s.details, content_hash = s.content_hash, exact_hash = s.exact_hash,
  valid_from = coalesce(s.valid_from, $2), valid_to = s.valid_to, stated_on = $2,
  recorded_at = $3, publication = $4, edition_id = $5
FROM :staging s
JOIN :difference d ON d.isin = s.isin AND d.mic = s.mic
WHERE d.verdict = 'changed' AND r.isin = s.isin AND r.mic = s.mic AND r.source_id = $1
