-- Facts that figures count. Append-only: "as of S" is `recorded_seq <= S`; nothing here names a resident or a case.
-- Every name begins with `fact_`: a replay puts the tables of all projections into one schema.

CREATE TABLE fact_centre (
    recorded_seq bigint NOT NULL,
    centre uuid NOT NULL,
    code text NOT NULL,
    operator text NOT NULL,
    region text
);

-- Somebody wrote something down: a signal, or an entry of the official register.
CREATE TABLE fact_capture (
    recorded_seq bigint NOT NULL,
    aggregate uuid NOT NULL,
    -- frontline, own_voice, medical_note, official_register; discussions are in `fact_discussion` and `fact_mention`.
    list text NOT NULL,
    -- Who listened.
    centre uuid NOT NULL,
    -- Where it happened.
    occurred_centre uuid NOT NULL,
    -- A signal's category, or a register's type.
    label text,
    -- The group of types that a register puts it in.
    label_group text,
    -- A signal's; absent for an entry of the register.
    severity text,
    -- A register's; absent for a signal.
    level text,
    certainty text,
    minors boolean,
    strength boolean NOT NULL,
    confidential boolean NOT NULL,
    -- Another record made somebody write it: no list of its own.
    prompted boolean NOT NULL,
    -- The discussion that prompted it.
    after_discussion uuid,
    occurred_at timestamptz,
    recorded_at timestamptz NOT NULL,
    register_source text,
    register_number text,
    registered_at timestamptz,
    -- With whom the affected minor was; of several the least accompanied.
    accompaniment text,
    -- The event that brought it.
    event uuid NOT NULL
);

-- A later correction or reclassification; NULL leaves a column as it was.
CREATE TABLE fact_change (
    recorded_seq bigint NOT NULL,
    aggregate uuid NOT NULL,
    occurred_centre uuid,
    label text,
    label_group text,
    level text,
    minors boolean,
    occurred_at timestamptz
);

-- Two captures are of the same occurrence, or no longer: the last word on the pair counts, whoever of the two said it.
CREATE TABLE fact_link (
    recorded_seq bigint NOT NULL,
    a uuid NOT NULL,
    b uuid NOT NULL,
    joined boolean NOT NULL
);

CREATE TABLE fact_discussion (
    recorded_seq bigint NOT NULL,
    discussion uuid NOT NULL,
    centre uuid NOT NULL,
    held_at timestamptz NOT NULL,
    prompted boolean NOT NULL
);

-- A discussion spoke of what a capture is about. Several mentions of one discussion are not one occurrence.
CREATE TABLE fact_mention (
    recorded_seq bigint NOT NULL,
    discussion uuid NOT NULL,
    target uuid NOT NULL,
    -- False when the mention was taken back.
    spoken boolean NOT NULL
);

-- A resident or child answered a record in their own words.
CREATE TABLE fact_response (
    recorded_seq bigint NOT NULL,
    -- The event that they answer.
    about_event uuid NOT NULL
);

-- What was decided about a signal: reasoned (with the reason not to register it) or dismissed.
CREATE TABLE fact_decision (
    recorded_seq bigint NOT NULL,
    signal uuid NOT NULL,
    decision text NOT NULL,
    reason text,
    recorded_at timestamptz NOT NULL
);

CREATE TABLE fact_assessment (
    recorded_seq bigint NOT NULL,
    signal uuid NOT NULL,
    severity text NOT NULL,
    certainty text NOT NULL,
    blind boolean NOT NULL,
    recorded_at timestamptz NOT NULL
);

CREATE TABLE fact_feedback (
    recorded_seq bigint NOT NULL,
    signal uuid NOT NULL,
    recipient text NOT NULL,
    kind text NOT NULL,
    recorded_at timestamptz NOT NULL
);

CREATE TABLE fact_occupancy (
    recorded_seq bigint NOT NULL,
    centre uuid NOT NULL,
    as_at timestamptz NOT NULL,
    residents integer NOT NULL,
    minors integer,
    unaccompanied_minors integer
);
