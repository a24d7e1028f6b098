-- Requests to a model of one organisation through the year, that dashboards take long over.
INSERT INTO inference_inferencecall (
    id, organisation_id, purpose, prompt_name, prompt_hash, model, input_tokens, output_tokens, reasoning_tokens,
    is_estimated, cost, waited_ms, audio_ms, latency_ms, status, error_code, created_at
)
SELECT gen_random_uuid(), %s, 'chat', '', '', 'small', 300, 60, 0, false, 0.001, 0, 0, 900, 'succeeded', '',
    now() - number * interval '13 minutes'
FROM generate_series(1, %s) AS number
