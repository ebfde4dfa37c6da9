INSERT INTO venue_history (
  mic, scope, status, operating_mic, kind, name, legal_name, lei, category, acronym, country, city, website,
  created_on, updated_on, validated_on, expires_on, comments, content_hash, exact_hash, source_id, valid_from,
  recorded_at, publication, edition_id)
SELECT
  v.mic, v.scope, v.status, v.operating_mic, v.kind, v.name, v.legal_name, v.lei, v.category, v.acronym, 
  v.country, v.city, v.website, v.created_on, v.updated_on, v.validated_on, v.expires_on, v.comments, 
  v.content_hash, v.exact_hash, v.source_id, v.valid_from, v.recorded_at, v.publication, v.edition_id
FROM venue v
JOIN venue_difference d USING (mic)
WHERE d.verdict IN ('changed', 'ended')
