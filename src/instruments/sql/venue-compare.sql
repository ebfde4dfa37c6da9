-- $1 scopes covered.
SELECT scope,
       count(*) FILTER (WHERE d.is_staged) AS staged,
       count(*) FILTER (WHERE d.is_held) AS held,
       count(*) FILTER (WHERE d.verdict = 'new') AS new,
       count(*) FILTER (WHERE d.verdict = 'changed') AS changed,
       count(*) FILTER (WHERE d.verdict = 'unchanged') AS unchanged,
       count(*) FILTER (WHERE d.verdict = 'ended') AS ended,
       count(*) FILTER (WHERE d.verdict = 'unchanged' AND d.is_cosmetic) AS cosmetic,
       0 AS past,
       0 AS boundary
FROM unnest($1::text[]) AS scope
LEFT JOIN venue_difference d USING (scope)
GROUP BY scope
ORDER BY scope
