-- Who is erased, as far as any writer of this database has read: what later events about them are written without.
-- Filled in the transaction that moves a checkpoint past the order, and before a rebuild is swapped in.

CREATE TABLE nabij.erased (
    case_id uuid PRIMARY KEY,
    -- Of the order, `case.erased`.
    sequence bigint NOT NULL,
    -- The order lists records as of this sequence; 0 when it lists none.
    listed_at bigint NOT NULL,
    -- Records about this person alone.
    alone uuid[] NOT NULL
);
