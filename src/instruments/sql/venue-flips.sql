-- Living venues that get another status, or another name but for its letter case, and missing ones that are named again,
-- per scope.
SELECT d.scope,
       count(*) FILTER (WHERE d.is_held AND s.status <> v.status) AS status,
       count(*) FILTER (WHERE d.is_held AND lower(s.name) <> lower(v.name)) AS name,
       count(*) FILTER (WHERE NOT d.is_held) AS returned
FROM venue_difference d
JOIN :staging s ON s.mic = d.mic
JOIN venue v ON v.mic = d.mic
WHERE d.verdict = 'changed'
GROUP BY d.scope
