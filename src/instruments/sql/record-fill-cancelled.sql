-- A cancellation names a record and says nothing more of it: what it was stays known. $1 source.
UPDATE :staging s
SET scope = r.scope, name = r.name, short_name = r.short_name, cfi = r.cfi, currency = r.currency,
    issuer_lei = r.issuer_lei, symbol = r.symbol, first_trade_on = r.first_trade_on, termination_on = r.termination_on,
    relevant_mic = r.relevant_mic, details = r.details || s.details, content_hash = r.content_hash, exact_hash = r.exact_hash
FROM record r
WHERE s.action = 'cancelled' AND s.name IS NULL AND r.isin = s.isin AND r.mic = s.mic AND r.source_id = $1
