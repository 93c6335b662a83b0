-- Occurrences as a network of forty centres might have them: types, severities and lists in the shares of the simulator, times to
-- the minute. `$version` is 0 to 2; later versions know of more lists, and some of the register.
SELECT $version * 10000000::bigint + n, 0::smallint, lpad(to_hex(n), 32, '0')::uuid,
    (1 + (r1 * 2)::int + CASE WHEN $version = 2 AND r2 < 0.4 THEN 4 ELSE 0 END + CASE WHEN r3 < 0.15 THEN 8 ELSE 0 END)::smallint,
    (1 + (r1 * 2)::int + CASE WHEN $version = 2 AND r2 < 0.5 THEN 4 ELSE 0 END + CASE WHEN r3 < 0.15 THEN 8 ELSE 0 END)::smallint,
    lpad(to_hex(1 + CASE WHEN r4 < 0.03 THEN (n + 7) % 40 ELSE n % 40 END), 32, '0')::uuid, lpad(to_hex(1 + n % 40), 32, '0')::uuid,
    1 + floor(r5 * 9)::int + CASE WHEN $version = 2 AND r2 < 0.5 THEN 9 ELSE 0 END,
    floor(r6 * 5)::smallint, CASE WHEN $version = 2 AND r2 < 0.5 THEN floor(r6 * 4)::smallint END,
    floor(r7 * 5)::smallint, CASE WHEN r8 < 0.33 THEN floor(r9 * 4)::smallint END, r8 < 0.33, false,
    at, at + r7 * interval '5 days', CASE WHEN $version = 2 AND r2 < 0.5 THEN at + r6 * interval '30 days' END, true,
    CASE WHEN $version > 0 AND r9 < 0.5 THEN at + r5 * interval '20 days' END,
    CASE WHEN $version = 2 AND r2 < 0.5 THEN 0 WHEN $version > 0 AND r2 > 0.85 THEN 1 ELSE 3 END::smallint,
    CASE WHEN $version > 0 AND r2 > 0.85 THEN (ARRAY['no_time', 'not_serious', 'seen_as_normal'])[1 + floor(r1 * 3)] ELSE '' END,
    CASE WHEN r3 < 0.2 THEN (ARRAY['low/moderate', 'high/high', 'moderate/low', 'acute/high'])[1 + floor(r9 * 4)] ELSE '' END
    $end
FROM (SELECT n, date_trunc('minute', timestamptz '2024-01-01 UTC' + random() * interval '730 days') AS at, random() r1, random() r2,
    random() r3, random() r4, random() r5, random() r6, random() r7, random() r8, random() r9
    FROM generate_series(1, $count) n) one
