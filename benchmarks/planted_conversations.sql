-- Rows with another key, words of their own, and everything else as in the row they are made from.
INSERT INTO customer_service_conversation SELECT made.* FROM customer_service_conversation seed,
    generate_series(1, %s) number, LATERAL jsonb_populate_record(seed, jsonb_build_object(
        'id', md5('conversation' || number)::uuid, 'visitor_id', 'visitor-' || number,
        'subject', '第 ' || number || ' 位访客：换货 ' || md5('subject' || number))) made
