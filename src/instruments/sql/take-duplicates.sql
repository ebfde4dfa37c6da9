-- Of several staged items with one key the lowest precedence stays (then the first or the last in the files);
-- the others are taken out and returned, so that each can be explained as a reject.
WITH ranked AS (
  SELECT ctid, tableoid, part, line, concat_ws(' ', :key) AS key,
         row_number() OVER in_order AS place,
         first_value(part) OVER in_order AS kept_part,
         first_value(line) OVER in_order AS kept_line
  FROM :staging
  WINDOW in_order AS (PARTITION BY :key ORDER BY precedence, :order)
), taken AS (
  DELETE FROM :staging s
  USING ranked r
  WHERE r.place > 1 AND s.ctid = r.ctid AND s.tableoid = r.tableoid
  RETURNING r.part, r.line, r.key, r.kept_part, r.kept_line
)
SELECT part, line, key, kept_part AS "keptPart", kept_line AS "keptLine" FROM taken ORDER BY part, line
