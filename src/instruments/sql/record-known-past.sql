-- What an older delta says is no news when it was said before. $1 source, $2 day of the edition.
DELETE FROM :difference d
USING :staging s, record_history h
WHERE d.verdict = 'past' AND s.isin = d.isin AND s.mic = d.mic
  AND h.isin = s.isin AND h.mic = s.mic AND h.source_id = $1 AND h.stated_on = $2
  AND h.content_hash = s.content_hash AND h.is_open = s.is_open
