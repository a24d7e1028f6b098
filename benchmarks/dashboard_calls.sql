-- So many requests to models of each job.
INSERT INTO inference_inferencecall (
    id, organisation_id, member_id, api_key_id, job_id, endpoint_id, purpose, prompt_name, prompt_hash, model,
    input_tokens, output_tokens, reasoning_tokens, is_estimated, cost, waited_ms, first_token_ms, audio_ms, latency_ms,
    status, error_code, created_at
)
SELECT
    {id}, organisation_id, member_id, api_key_id, job_id, (%(endpoints)s::uuid[])[place],
    (ARRAY['chat', 'extraction', 'embedding', 'speech'])[place], '', '',
    (ARRAY['small', 'large', 'embed', 'whisper'])[place],
    read, written, 0, false, round((read * 0.8 + written * 2.4)::numeric / 1000000, 6), floor(random() * 50)::int,
    CASE WHEN place < 3 THEN first END, CASE WHEN place = 4 THEN floor(random() * 60000)::int ELSE 0 END,
    first + written * 20, CASE WHEN dice < 0.97 THEN 'succeeded' WHEN dice < 0.99 THEN 'failed' ELSE 'stopped' END,
    CASE WHEN dice < 0.97 THEN '' WHEN dice < 0.99 THEN 'model_too_slow' ELSE 'cancelled' END, moment
FROM (
    SELECT
        job.organisation_id, job.member_id, job.api_key_id, job.id AS job_id, random() AS dice,
        coalesce(job.started_at, job.created_at) + number * interval '1 second' AS moment,
        CASE job.queue WHEN 'speech' THEN 4 WHEN 'ingest' THEN 3 ELSE 1 + (number %% 2) END AS place,
        floor(50 + random() * 2000)::int AS read, floor(random() * 400)::int AS written,
        floor(80 + 3000 * power(random(), 6))::int AS first
    FROM jobs_job AS job, generate_series(1, %(times)s) AS number
    WHERE job.created_at >= %(since)s AND job.created_at < %(until)s
) AS calls
