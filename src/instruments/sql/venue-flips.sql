-- Venues that get another status, or another name but for its letter case, per scope.
SELECT d.scope,
       count(*) FILTER (WHERE s.status <> v.status) AS status,
       count(*) FILTER (WHERE lower(s.name) <> lower(v.name)) AS name
FROM venue_difference d
JOIN :staging s ON s.mic = d.mic
JOIN venue v ON v.mic = d.mic
WHERE d.verdict = 'changed' AND d.is_held
GROUP BY d.scope
