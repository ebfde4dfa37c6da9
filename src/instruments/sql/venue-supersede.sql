INSERT INTO venue_history
SELECT v.*
FROM venue v
JOIN venue_difference d USING (mic)
WHERE d.verdict IN ('changed', 'ended')
