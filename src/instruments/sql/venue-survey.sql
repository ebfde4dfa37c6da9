-- What is staged, counted per scope and per group in it. Empty cells are counted for the scope alone.
SELECT scope,
       CASE WHEN grouping(country) = 0 THEN 'country' WHEN grouping(category) = 0 THEN 'category' ELSE 'scope' END AS kind,
       coalesce(country, category, '') AS name,
       count(*)::integer AS records,
       CASE WHEN grouping(country, category) = 3 THEN jsonb_build_object(
         'legalName', count(*) - count(legal_name),
         'lei', count(*) - count(lei),
         'category', count(*) FILTER (WHERE category IS NULL),
         'acronym', count(*) - count(acronym),
         'country', count(*) FILTER (WHERE country IS NULL),
         'city', count(*) - count(city),
         'website', count(*) - count(website),
         'createdOn', count(*) - count(created_on),
         'updatedOn', count(*) - count(updated_on),
         'validatedOn', count(*) - count(validated_on),
         'expiresOn', count(*) - count(expires_on),
         'comments', count(*) - count(comments)) END AS empty,
       false AS "isUnknownVenue"
FROM :staging
GROUP BY GROUPING SETS ((scope), (scope, country), (scope, category))
