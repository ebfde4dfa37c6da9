-- Everything the sources say of one ISIN, with the edition and the file it stands in. $1 ISIN.
SELECT r.mic, v.name AS venue, r.source_id AS source, r.status, r.name, r.short_name AS "shortName", r.cfi, r.currency,
       r.issuer_lei AS "issuerLei", r.symbol, r.first_trade_on AS "firstTradeOn", r.termination_on AS "terminationOn",
       r.relevant_mic AS "relevantMic", r.details, r.action, r.is_open AS "isOpen", r.stated_on AS "statedOn",
       r.valid_from AS "validFrom", r.valid_to AS "validTo", r.recorded_at AS "recordedAt", r.publication,
       e.edition_on AS edition,
       CASE WHEN p.file_sha256 IS NOT NULL
            THEN jsonb_build_object('name', p.file_name, 'sha256', p.file_sha256) END AS file
FROM record r
JOIN edition e ON e.id = r.edition_id
LEFT JOIN edition_part p ON p.edition_id = r.edition_id AND p.name = r.part
LEFT JOIN venue v ON v.mic = r.mic
WHERE r.isin = $1
ORDER BY r.source_id, r.mic
