-- The golden records of all that is touched, as they are going to be.
CREATE TEMP TABLE golden ON COMMIT DROP AS
SELECT g.*, i.isin IS NULL AS is_new
FROM (:golden) g
LEFT JOIN instrument i USING (isin)
