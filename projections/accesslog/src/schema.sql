-- Where the tables stand in the audit stream: they and this change in one transaction.
CREATE TABLE checkpoint (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    sequence bigint NOT NULL DEFAULT 0,
    hash bytea
);
INSERT INTO checkpoint DEFAULT VALUES;

-- One row a record: the message of the audit stream, and its place in the group.
CREATE TABLE access (
    recorded_seq bigint NOT NULL,
    item integer NOT NULL,
    at timestamptz NOT NULL,
    subject text,
    role text,
    operator text,
    system_user text,
    call text NOT NULL,
    action text,
    kind text,
    record uuid,
    centre uuid,
    outcome text NOT NULL,
    problem text,
    because text[] NOT NULL,
    under text[] NOT NULL,
    granted uuid[] NOT NULL,
    as_of text,
    asked text,
    scope text[] NOT NULL,
    address text,
    host text,
    request text,
    -- Something confidential was among what was shown.
    confidential boolean NOT NULL,
    rows bigint NOT NULL,
    cases integer NOT NULL,
    process text NOT NULL,
    boot text NOT NULL,
    build text NOT NULL,
    PRIMARY KEY (recorded_seq, item)
);
CREATE INDEX access_subject ON access (subject, recorded_seq DESC, item DESC);
CREATE INDEX access_centre ON access (centre, recorded_seq DESC, item DESC);
CREATE INDEX access_record ON access (record, recorded_seq DESC, item DESC);

-- Which cases each record showed, or was about.
CREATE TABLE access_case (
    case_id uuid NOT NULL,
    recorded_seq bigint NOT NULL,
    item integer NOT NULL,
    PRIMARY KEY (case_id, recorded_seq, item)
);

-- Messages that this program cannot read: the log of accesses says how many it lacks.
CREATE TABLE unreadable (
    recorded_seq bigint PRIMARY KEY,
    what text NOT NULL
);
