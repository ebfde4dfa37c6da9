-- The staged records that are new or say something else than the ones we hold. A record is not overruled by an edition
-- older than what it says, nor, on the same day, by another list: bringing both again and again must end somewhere.
-- $1 source, $2 day of the edition.
CREATE TEMP TABLE difference ON COMMIT DROP AS
SELECT s.isin, s.mic, s.scope, s.part, s.status, s.name, s.short_name, s.cfi, s.currency, s.issuer_lei, s.symbol,
       s.first_trade_on, s.termination_on, s.details, s.content_hash, s.exact_hash,
       r.isin IS NULL AS is_new
FROM :staging s
LEFT JOIN record r ON r.isin = s.isin AND r.mic = s.mic AND r.source_id = $1
WHERE r.isin IS NULL
   OR ((r.content_hash <> s.content_hash OR r.status <> s.status)
       AND r.valid_from <= $2
       AND (r.scope = s.scope OR r.valid_from < $2 OR r.status IN ('terminated', 'cancelled', 'missing')))
