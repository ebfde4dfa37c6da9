-- The staged records that are new or say something else than the ones we hold. $1 source.
CREATE TEMP TABLE difference ON COMMIT DROP AS
SELECT s.isin, s.mic, s.scope, s.part, s.status, s.name, s.short_name, s.cfi, s.currency, s.issuer_lei, s.symbol,
       s.first_trade_on, s.termination_on, s.details, s.content_hash, s.exact_hash,
       r.isin IS NULL AS is_new
FROM :staging s
LEFT JOIN record r ON r.isin = s.isin AND r.mic = s.mic AND r.source_id = $1
WHERE r.isin IS NULL OR r.content_hash <> s.content_hash OR r.status <> s.status
