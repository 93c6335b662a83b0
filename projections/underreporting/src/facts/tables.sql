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
    -- It is known when it was written down; not so of an imported entry that does not say when it was registered.
    dated boolean NOT NULL,
    -- With whom the affected minor was; of several the least accompanied.
    accompaniment text,
    -- Imported: nobody waits for a word about it.
    historic boolean NOT NULL,
    -- The event that brought it.
    event uuid NOT NULL,
    -- The first correction: what is known from there on stands in `fact_corrected`.
    valid_to bigint,
    -- When it happened; when nobody said, when it was written down. A column, so that it has statistics.
    moment timestamptz NOT NULL GENERATED ALWAYS AS (coalesce(occurred_at, recorded_at)) STORED
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

-- Captures as corrections left them, worked out of the two tables above: what was known at S of one that anybody ever corrected is
-- the row with `valid_from <= S < valid_to`, or the capture itself where S is before the first correction.
CREATE TABLE fact_corrected (LIKE fact_capture INCLUDING GENERATED, valid_from bigint NOT NULL);

-- Two captures are of the same occurrence, or no longer: the last word on the pair counts, whoever of the two said it.
CREATE TABLE fact_link (
    recorded_seq bigint NOT NULL,
    a uuid NOT NULL,
    b uuid NOT NULL,
    joined boolean NOT NULL
);

-- Somebody said no to a suggested link.
CREATE TABLE fact_refusal (
    recorded_seq bigint NOT NULL,
    a uuid NOT NULL,
    b uuid NOT NULL
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

-- Records whose occurrence an event may have changed: a capture, a discussion, or an event that was answered.
CREATE TABLE fact_touched (
    recorded_seq bigint NOT NULL,
    record uuid NOT NULL
);

-- What occurrences are called, once for each combination of names: rules are looked up by these, not by words.
CREATE TABLE fact_labels (
    -- Derived from the words, so that every rebuild gives the same.
    labels bigint PRIMARY KEY,
    -- Categories of signals, a blank between them.
    categories text NOT NULL,
    -- Types of entries in the register, each with a slash and its group, a blank between them.
    register_types text NOT NULL
);

-- The ledger: every version that an occurrence ever had, worked out of the tables above. What was known at S are the
-- versions with `valid_from <= S < valid_to`. Those that still hold are here.
-- Numbers are codes: bits of a history are the lists in the order frontline, team_discussion, official_register, own_voice,
-- medical_note; scales are numbered in the order of their names below, from 0.
CREATE TABLE fact_occurrence (
    valid_from bigint NOT NULL,
    -- 0 for everybody; where confidential captures change the picture, 1 with them and 2 without them.
    seen smallint NOT NULL,
    -- The earliest capture.
    occurrence uuid NOT NULL,
    -- Lists that captured it by themselves.
    history smallint NOT NULL,
    -- Lists that captured it, prompted or not.
    captured_by smallint NOT NULL,
    listened uuid,
    happened uuid NOT NULL,
    -- Its categories and types: see `fact_labels`.
    labels bigint NOT NULL,
    -- unsure, low, moderate, high, acute.
    severity smallint NOT NULL,
    -- unknown, minor, major, critical.
    level smallint,
    -- unsure, witnessed, disclosed, reported, suspected.
    certainty smallint,
    -- parents, one_parent, relative, unaccompanied.
    accompaniment smallint,
    minors boolean,
    confidential boolean NOT NULL,
    occurred_at timestamptz,
    noticed_at timestamptz,
    registered_at timestamptz,
    -- It is known when every entry of it was made.
    dated boolean NOT NULL,
    answered_at timestamptz,
    -- registered, reasoned, dismissed, undecided.
    status smallint NOT NULL,
    -- Reasons not to register it, a blank between them.
    reasons text NOT NULL,
    -- What reporters judged and what somebody judged blind: `low/high`, a blank between pairs.
    judged_twice text NOT NULL,
    -- When it happened; when nobody said, when it was first written down. A column, so that it has statistics.
    moment timestamptz GENERATED ALWAYS AS (coalesce(occurred_at, noticed_at, registered_at)) STORED,
    -- What follows is worked out once here and not in every report. When its deadline begins to run.
    first_at timestamptz GENERATED ALWAYS AS (coalesce(noticed_at, registered_at)) STORED,
    -- What rules ask of it: minors (unknown, no, yes) + 3 * (level, first none, + 5 * severity).
    rule_key smallint NOT NULL GENERATED ALWAYS AS (
        CASE minors WHEN true THEN 2 WHEN false THEN 1 ELSE 0 END + 3 * (coalesce(level, -1) + 1 + 5 * severity)) STORED,
    -- How it was heard: three bits of certainty and three of accompaniment, each 0 for none; 64 when another centre listened.
    heard_key smallint NOT NULL GENERATED ALWAYS AS (
        coalesce(certainty, -1) + 1 + 8 * (coalesce(accompaniment, -1) + 1) + CASE WHEN listened <> happened THEN 64 ELSE 0 END) STORED,
    -- The status, and a bit each: noticed 4, registered 8, timed 16, reasoned 256, judged twice 512; reports add 32 to 128.
    state_bits smallint NOT NULL GENERATED ALWAYS AS (
        status + CASE WHEN noticed_at IS NOT NULL THEN 4 ELSE 0 END + CASE WHEN registered_at IS NOT NULL THEN 8 ELSE 0 END
        + CASE WHEN occurred_at IS NOT NULL THEN 16 ELSE 0 END + CASE WHEN reasons <> '' THEN 256 ELSE 0 END
        + CASE WHEN judged_twice <> '' THEN 512 ELSE 0 END) STORED,
    -- Hours from one moment to another, rounded up; 0 when the second came first.
    hours_to_notice integer GENERATED ALWAYS AS (
        CASE WHEN noticed_at > occurred_at THEN ceil(date_part('epoch', noticed_at - occurred_at) / 3600) WHEN noticed_at <= occurred_at THEN 0 END) STORED,
    hours_to_register integer GENERATED ALWAYS AS (
        CASE WHEN registered_at > occurred_at THEN ceil(date_part('epoch', registered_at - occurred_at) / 3600) WHEN registered_at <= occurred_at THEN 0 END) STORED,
    hours_notice_to_register integer GENERATED ALWAYS AS (
        CASE WHEN registered_at > noticed_at THEN ceil(date_part('epoch', registered_at - noticed_at) / 3600) WHEN registered_at <= noticed_at THEN 0 END) STORED,
    hours_notice_to_answer integer GENERATED ALWAYS AS (
        CASE WHEN answered_at > noticed_at THEN ceil(date_part('epoch', answered_at - noticed_at) / 3600) WHEN answered_at <= noticed_at THEN 0 END) STORED
);

-- Versions that hold no longer.
CREATE TABLE fact_occurrence_past (LIKE fact_occurrence INCLUDING GENERATED, valid_to bigint NOT NULL);

-- How far the ledger is.
CREATE TABLE fact_settled (sequence bigint NOT NULL);
INSERT INTO fact_settled VALUES (0);

-- A step that a protocol asked when it was started.
CREATE TABLE fact_step (
    recorded_seq bigint NOT NULL,
    run uuid NOT NULL,
    protocol text NOT NULL,
    step text NOT NULL,
    centre uuid NOT NULL,
    started_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    confidential boolean NOT NULL
);

-- A step was done, or skipped for a reason; the last row of a step counts.
CREATE TABLE fact_step_end (
    recorded_seq bigint NOT NULL,
    run uuid NOT NULL,
    step text NOT NULL,
    ended_at timestamptz NOT NULL,
    because text
);

-- A team practised a protocol.
CREATE TABLE fact_drill (
    recorded_seq bigint NOT NULL,
    centre uuid NOT NULL,
    protocol text NOT NULL,
    practised_on date NOT NULL
);
