-- Nothing was held before of what is staged: all of it is new.
-- $1 source, $2 day of the edition, $3 recorded at, $4 publication, $5 edition.
INSERT INTO record (
  isin, source_id, mic, scope, part, status, action, is_open, name, short_name, cfi, currency, issuer_lei, symbol,
  first_trade_on, termination_on, relevant_mic, details, content_hash, exact_hash, valid_from, valid_to, stated_on,
  recorded_at, publication, edition_id)
SELECT
  isin, $1, mic, scope, part, status, action, is_open, name, short_name, cfi, currency, issuer_lei, symbol,
  first_trade_on, termination_on, relevant_mic, details, content_hash, exact_hash, coalesce(valid_from, $2), valid_to, $2,
  $3, $4, $5
FROM :staging
