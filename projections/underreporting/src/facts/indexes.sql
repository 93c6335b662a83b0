CREATE INDEX fact_capture_aggregate ON fact_capture (aggregate);
CREATE INDEX fact_capture_register ON fact_capture (occurred_centre, occurred_at) WHERE list = 'official_register';
CREATE INDEX fact_change_aggregate ON fact_change (aggregate);
CREATE INDEX fact_occupancy_centre ON fact_occupancy (centre, as_at, recorded_seq);
