-- What the engine itself remembers. Everything here can be lost with the views: both are rebuilt from the log.

CREATE TABLE nabij.checkpoint (
    projection text NOT NULL,
    version integer NOT NULL,
    -- Raised by every swap, so that a writer who remembers the tables before it is fenced.
    generation bigint NOT NULL DEFAULT 1,
    sequence bigint NOT NULL DEFAULT 0,
    -- Of the event at `sequence`; absent at 0.
    event_hash bytea,
    known_at timestamptz,
    PRIMARY KEY (projection, version)
);

CREATE TABLE nabij.dead_letter (
    projection text NOT NULL,
    version integer NOT NULL,
    sequence bigint NOT NULL,
    aggregate text NOT NULL,
    centre uuid,
    cases uuid[] NOT NULL,
    event_type text NOT NULL,
    -- Why it could not be applied; absent on an event that only waits behind one.
    error text,
    PRIMARY KEY (projection, version, sequence)
);
CREATE INDEX ON nabij.dead_letter USING gin (cases);

CREATE TABLE nabij.accepted_gap (
    first bigint PRIMARY KEY,
    last bigint NOT NULL CHECK (last >= first),
    accepted_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE nabij.rebuild (
    schema text NOT NULL,
    projection text NOT NULL,
    version integer NOT NULL,
    sequence bigint NOT NULL DEFAULT 0,
    event_hash bytea,
    known_at timestamptz,
    indexed boolean NOT NULL DEFAULT false,
    PRIMARY KEY (schema, projection)
);

-- Moves checkpoints, each only from where the writer believes it to be. An error, not a count, so that the COMMIT
-- that travels in the same round trip becomes a rollback.
CREATE FUNCTION nabij.advance(projections text[], versions integer[], generations bigint[], froms bigint[],
                              upto bigint, hash bytea, known timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    moved integer;
BEGIN
    UPDATE nabij.checkpoint c SET sequence = upto, event_hash = hash, known_at = known
    FROM unnest(projections, versions, generations, froms) AS e (projection, version, generation, sequence)
    WHERE c.projection = e.projection AND c.version = e.version
      AND c.generation = e.generation AND c.sequence = e.sequence;
    GET DIAGNOSTICS moved = ROW_COUNT;
    IF moved <> cardinality(projections) THEN
        RAISE EXCEPTION 'a checkpoint is not where this writer left it: somebody else writes' USING ERRCODE = 'NB001';
    END IF;
END $$;
