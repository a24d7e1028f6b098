-- So many jobs within some seconds, drawn by chance.
INSERT INTO jobs_job (
    id, organisation_id, kind, queue, state, inputs, result, error_code, error_message, stage, attempt, max_attempts,
    subject, member_id, api_key_id, fingerprint, trace_parent, created_at, available_at, sent_at, started_at, finished_at
)
SELECT
    {id}, organisation_id, kind, queue, state, '{{}}', CASE WHEN state = 'succeeded' THEN '{{}}'::jsonb END,
    CASE WHEN state = 'failed'
        THEN (ARRAY['model_unavailable', 'worker_lost', 'invalid_input'])[1 + floor(random() * 3)::int] ELSE '' END,
    '', '', 1 + (random() < 0.05)::int, 3, '', CASE WHEN dice >= 0.2 AND dice < 0.7 THEN member END,
    CASE WHEN dice < 0.2 THEN api_key END, '', '', moment, moment, moment,
    CASE WHEN state <> 'queued' THEN moment + wait END,
    CASE WHEN state IN ('succeeded', 'failed', 'cancelled') THEN moment + wait + run END
FROM (
    SELECT
        source.*, (%(organisations)s::uuid[])[place] AS organisation_id, split_part(chosen, ' ', 1) AS kind,
        split_part(chosen, ' ', 2) AS queue,
        (%(members)s::uuid[])[(place - 1) * {members} + 1 + floor(power(random(), 2) * {members})::int] AS member,
        (%(keys)s::uuid[])[(place - 1) * {keys} + 1 + floor(random() * {keys})::int] AS api_key,
        CASE WHEN moment > now() - interval '10 minutes' THEN 'queued' WHEN fate < 0.92 THEN 'succeeded'
            WHEN fate < 0.97 THEN 'failed' ELSE 'cancelled' END AS state
    FROM (
        SELECT
            random() AS dice, random() AS fate, 1 + floor(power(random(), 1.5) * {organisation_count})::int AS place,
            {choose_kind} AS chosen, make_interval(secs => 2 * power(random(), 8) * 60) AS wait,
            make_interval(secs => 0.2 + 90 * power(random(), 4)) AS run,
            %(since)s + day AS moment
        FROM (
            SELECT make_interval(secs => random() * %(seconds)s) AS day FROM generate_series(1, %(count)s)
        ) AS numbers
    ) AS source
) AS jobs
