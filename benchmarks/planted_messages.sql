-- Rows with another key, words of their own, and everything else as in the row they are made from.
INSERT INTO customer_service_message SELECT made.* FROM customer_service_message seed,
    generate_series(1, %s) number, LATERAL jsonb_populate_record(seed, jsonb_build_object(
        'id', md5('message' || number || seed.ordinal)::uuid,
        'conversation_id', md5('conversation' || number)::uuid,
        'answers_id', CASE WHEN seed.author = 'bot' THEN md5('message' || number || seed.ordinal - 1)::uuid END,
        'text', seed.text || md5('text' || number || seed.ordinal))) made
