-- New and changed records. $1 source, $2 valid from, $3 recorded at, $4 publication, $5 edition.
INSERT INTO record (isin, source_id, mic, scope, part, status, name, short_name, cfi, currency, issuer_lei, symbol,
                    first_trade_on, termination_on, details, content_hash, exact_hash,
                    valid_from, recorded_at, publication, edition_id)
SELECT isin, $1, mic, scope, part, status, name, short_name, cfi, currency, issuer_lei, symbol,
       first_trade_on, termination_on, details, content_hash, exact_hash,
       $2, $3, $4, $5
FROM difference
ON CONFLICT (isin, source_id, mic) DO UPDATE SET
  scope = excluded.scope, part = excluded.part, status = excluded.status, name = excluded.name, short_name = excluded.short_name,
  cfi = excluded.cfi, currency = excluded.currency, issuer_lei = excluded.issuer_lei, symbol = excluded.symbol,
  first_trade_on = excluded.first_trade_on, termination_on = excluded.termination_on, details = excluded.details,
  content_hash = excluded.content_hash, exact_hash = excluded.exact_hash,
  valid_from = excluded.valid_from, recorded_at = excluded.recorded_at,
  publication = excluded.publication, edition_id = excluded.edition_id
