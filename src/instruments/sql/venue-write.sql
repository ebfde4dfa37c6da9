-- $1 source, $2 valid from, $3 recorded at, $4 publication, $5 edition.
INSERT INTO venue (mic, scope, status, operating_mic, kind, name, legal_name, lei, category, acronym, country, city,
                   website, created_on, updated_on, validated_on, expires_on, comments, content_hash, exact_hash,
                   source_id, valid_from, recorded_at, publication, edition_id)
SELECT s.mic, s.scope, s.status, s.operating_mic, s.kind, s.name, s.legal_name, s.lei, s.category, s.acronym, s.country,
       s.city, s.website, s.created_on, s.updated_on, s.validated_on, s.expires_on, s.comments, s.content_hash,
       s.exact_hash, $1, $2, $3, $4, $5
FROM :staging s
JOIN venue_difference d USING (mic)
WHERE d.verdict IN ('new', 'changed')
ON CONFLICT (mic) DO UPDATE SET
  scope = excluded.scope, status = excluded.status, operating_mic = excluded.operating_mic, kind = excluded.kind,
  name = excluded.name, legal_name = excluded.legal_name, lei = excluded.lei, category = excluded.category,
  acronym = excluded.acronym, country = excluded.country, city = excluded.city, website = excluded.website,
  created_on = excluded.created_on, updated_on = excluded.updated_on, validated_on = excluded.validated_on,
  expires_on = excluded.expires_on, comments = excluded.comments, content_hash = excluded.content_hash,
  exact_hash = excluded.exact_hash, source_id = excluded.source_id, valid_from = excluded.valid_from,
  recorded_at = excluded.recorded_at, publication = excluded.publication, edition_id = excluded.edition_id
