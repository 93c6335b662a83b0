-- Append-only facts: nothing here is ever updated, and what names somebody who is erased is written anew without them. "As of S" is recorded_seq <= S.

-- Every event, once for each case that it concerns, or once without a case. Of an event about erased persons alone its moment
-- stays, with an empty type: a time goes on meaning the same sequence.
CREATE TABLE timeline (
    case_id uuid,
    aggregate uuid NOT NULL,
    event_id uuid NOT NULL,
    centre uuid,
    command uuid,
    recorded_seq bigint NOT NULL,
    recorded_at timestamptz NOT NULL,
    known_at timestamptz NOT NULL,
    historic boolean NOT NULL,
    confidential boolean NOT NULL,
    event_type text NOT NULL,
    actor text NOT NULL,
    role text NOT NULL,
    -- Somebody of another centre than `centre` wrote it down.
    by_others boolean NOT NULL,
    -- JSON as the log holds it, sealed fields closed.
    body text NOT NULL
);

-- What an event changed of a case; an absent column did not change.
CREATE TABLE case_fact (
    case_id uuid NOT NULL,
    recorded_seq bigint NOT NULL,
    recorded_at timestamptz NOT NULL,
    centre uuid,
    safety_centre uuid,
    accompaniment text,
    support_level smallint,
    -- Keyed hash of the household: groups cases and tells nobody which household it is.
    household bytea,
    arrived boolean,
    closed boolean,
    missing boolean,
    erased boolean
);

-- A special reception need that was noted or ended, as a keyed hash of case and need.
CREATE TABLE vulnerability (
    case_id uuid NOT NULL,
    recorded_seq bigint NOT NULL,
    need bytea NOT NULL,
    stands boolean NOT NULL
);

-- Whom a signal is about: the whole list each time it is said. A list without cases is one row without a case.
CREATE TABLE signal_case (
    signal uuid NOT NULL,
    case_id uuid,
    centre uuid NOT NULL,
    recorded_seq bigint NOT NULL,
    recorded_at timestamptz NOT NULL,
    logged boolean NOT NULL,
    strength boolean NOT NULL,
    confidential boolean NOT NULL,
    involvement text
);

-- What a second person said of a signal: assessed, dismissed.
CREATE TABLE signal_verdict (
    signal uuid NOT NULL,
    recorded_seq bigint NOT NULL,
    dismissed boolean NOT NULL
);

-- A case or a signal that a team talked about.
CREATE TABLE discussed (
    case_id uuid,
    signal uuid,
    discussion uuid NOT NULL,
    recorded_seq bigint NOT NULL,
    held_at timestamptz NOT NULL
);

-- Something that a team must do. The last row of (kind, key) says whether it is still open.
CREATE TABLE work_item (
    kind text NOT NULL,
    key uuid NOT NULL,
    open boolean NOT NULL,
    case_id uuid,
    centre uuid,
    recorded_seq bigint NOT NULL,
    since timestamptz NOT NULL,
    due_on date,
    confidential boolean NOT NULL
);

-- A step of a protocol that was started on a signal, as it was asked then.
CREATE TABLE protocol_step (
    signal uuid NOT NULL,
    run uuid NOT NULL,
    protocol text NOT NULL,
    step text NOT NULL,
    role text NOT NULL,
    -- Words of roles, separated by spaces.
    deputies text NOT NULL,
    after text,
    centre uuid NOT NULL,
    recorded_seq bigint NOT NULL,
    started_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    automatic boolean NOT NULL,
    confidential boolean NOT NULL
);

-- Somebody did or skipped a step. The last row of (run, step) says which.
CREATE TABLE protocol_end (
    signal uuid NOT NULL,
    run uuid NOT NULL,
    step text NOT NULL,
    recorded_seq bigint NOT NULL,
    ended_at timestamptz NOT NULL,
    -- Why it was skipped; absent when it was done.
    because text
);

-- What a rule put on the worklist of a team, or on the agenda of its next discussion; once for each case that it is about.
CREATE TABLE rule_item (
    escalation uuid NOT NULL,
    agenda boolean NOT NULL,
    rule text NOT NULL,
    -- Words of roles, separated by spaces.
    roles text NOT NULL,
    case_id uuid,
    signal uuid,
    centre uuid,
    recorded_seq bigint NOT NULL,
    since timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    confidential boolean NOT NULL
);

-- An escalation was resolved, or lapsed when what it asked for was done.
CREATE TABLE rule_item_end (
    escalation uuid NOT NULL,
    recorded_seq bigint NOT NULL
);

CREATE TABLE occupancy (
    centre uuid NOT NULL,
    recorded_seq bigint NOT NULL,
    as_at timestamptz NOT NULL,
    residents integer NOT NULL,
    minors integer,
    unaccompanied_minors integer
);

-- What an event said of a centre; an absent column did not change.
CREATE TABLE centre_fact (
    centre uuid NOT NULL,
    recorded_seq bigint NOT NULL,
    code text,
    name text,
    operator text,
    region text,
    centre_kind text,
    languages text,
    places integer,
    places_from date,
    closes_on date,
    closed_on date
);

-- A step of an erasure: requested, refused, withdrawn, ordered, done.
CREATE TABLE erasure (
    case_id uuid NOT NULL,
    recorded_seq bigint NOT NULL,
    recorded_at timestamptz NOT NULL,
    centre uuid NOT NULL,
    state text NOT NULL,
    ground text,
    requested_by text,
    approved_by text
);
