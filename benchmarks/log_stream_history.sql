-- Every template in each minute of the week before: what detectors have to learn from.
INSERT INTO log_analysis_templatecount (id, organisation_id, source_id, template_id, minute, level, count)
SELECT gen_random_uuid(), organisation_id, source_id, id, minute, 'info', 900 + (random() * 200)::int
FROM log_analysis_logtemplate, generate_series(
    date_trunc('minute', now()) - interval '7 days', date_trunc('minute', now()) - interval '20 minutes',
    interval '1 minute') AS minute
WHERE source_id = %s
