-- What the occurrences were told of by: a signal each, an entry of the register of every second one, the resident's own words of
-- every seventh. One in twenty is corrected, and every centre tells its residents once a week.
INSERT INTO fact_capture (recorded_seq, aggregate, list, centre, occurred_centre, label, label_group, severity, level, certainty, minors, strength,
    confidential, prompted, after_discussion, occurred_at, recorded_at, register_source, register_number, registered_at, dated,
    accompaniment, event, historic)
SELECT CASE source WHEN 2 THEN 20000000 + n ELSE n END, md5(source || '/' || n)::uuid,
    (ARRAY['frontline', 'official_register', 'own_voice'])[source], lpad(to_hex(1 + n % 40), 32, '0')::uuid,
    lpad(to_hex(1 + CASE WHEN r1 < 0.03 THEN (n + 7) % 40 ELSE n % 40 END), 32, '0')::uuid,
    CASE source WHEN 2 THEN 'fight' ELSE (ARRAY['violence', 'threat', 'conflict-among-children', 'violence-against-child',
        'intrafamilial-violence', 'sexual-boundary-crossing', 'self-harm', 'suicidality', 'disappearance'])[1 + floor(r2 * 9)::int] END,
    CASE source WHEN 2 THEN 'violence' END,
    CASE WHEN source <> 2 THEN (ARRAY['unsure', 'low', 'moderate', 'high', 'acute'])[1 + floor(r3 * 5)::int] END,
    CASE source WHEN 2 THEN (ARRAY['unknown', 'minor', 'major', 'critical'])[1 + floor(r3 * 4)::int] END,
    CASE WHEN source <> 2 THEN (ARRAY['unsure', 'witnessed', 'disclosed', 'reported', 'suspected'])[1 + floor(r4 * 5)::int] END,
    r5 < 0.33, r5 > 0.97, r6 > 0.99, false, NULL, at, at + r4 * interval '5 days', CASE source WHEN 2 THEN 'r' END,
    CASE source WHEN 2 THEN 'C' || 1 + n % 40 || '/' || extract(year FROM at) || '/' || lpad((n / 40)::text, 6, '0') END,
    CASE source WHEN 2 THEN at + r3 * interval '30 days' END, true, CASE WHEN r5 < 0.33 THEN 'parents' END,
    md5('event' || source || '/' || n)::uuid, false
FROM (SELECT n, date_trunc('minute', timestamptz '2024-01-01 UTC' + random() * interval '730 days') AS at, random() r1, random() r2,
        random() r3, random() r4, random() r5, random() r6, random() r7, random() r8 FROM generate_series(1, $count) n) one,
    unnest(ARRAY[1, CASE WHEN r7 < 0.5 THEN 2 END, CASE WHEN r8 < 0.15 THEN 3 END]) AS source
WHERE source IS NOT NULL;
INSERT INTO fact_change SELECT 30000000 + row_number() OVER (), aggregate, NULL, 'threat', NULL, NULL, true, NULL
    FROM fact_capture WHERE random() < 0.05;
-- As the ledger keeps them.
INSERT INTO fact_corrected (recorded_seq, aggregate, list, centre, occurred_centre, label, label_group, severity, level, certainty, minors, strength, confidential, prompted, after_discussion,
    occurred_at, recorded_at, register_source, register_number, registered_at, dated, accompaniment, historic, event, valid_from)
SELECT c.recorded_seq, c.aggregate, c.list, c.centre, c.occurred_centre, n.label, c.label_group, c.severity, c.level, c.certainty, n.minors, c.strength, c.confidential, c.prompted, c.after_discussion,
    c.occurred_at, c.recorded_at, c.register_source, c.register_number, c.registered_at, c.dated, c.accompaniment, c.historic, c.event, n.recorded_seq
FROM fact_capture c JOIN fact_change n USING (aggregate);
UPDATE fact_capture c SET valid_to = n.recorded_seq FROM fact_change n WHERE n.aggregate = c.aggregate;
INSERT INTO fact_occupancy SELECT 1, centre, week, 800, 250, 40
    FROM fact_centre, generate_series(timestamptz '2024-01-01 UTC', '2026-01-05 UTC', interval '7 days') AS week;
