-- The change feed. $1 publication.
INSERT INTO change (isin, publication, kind, fields)
SELECT isin, $1, kind, fields
FROM golden_change
