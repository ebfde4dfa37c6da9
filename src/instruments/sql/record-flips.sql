-- Living records that get another status, or another name but for its letter case, and missing ones that are named again,
-- per scope. $1 source.
SELECT d.scope,
       count(*) FILTER (WHERE r.is_open AND r.status <> 'missing' AND s.status <> r.status) AS status,
       count(*) FILTER (WHERE r.is_open AND r.status <> 'missing'
                          AND r.name IS NOT NULL AND lower(s.name) IS DISTINCT FROM lower(r.name)) AS name,
       count(*) FILTER (WHERE r.status = 'missing') AS returned
FROM :difference d
JOIN :staging s ON s.isin = d.isin AND s.mic = d.mic
JOIN record r ON r.isin = d.isin AND r.mic = d.mic AND r.source_id = $1
WHERE d.verdict = 'changed'
GROUP BY d.scope
