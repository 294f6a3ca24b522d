//! Athena's tables in `state.sqlite`.

/// Steps, never edited once released.
pub const STEPS: &[&str] = &["
CREATE TABLE athena_executions (
    place INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    workgroup TEXT NOT NULL,
    -- ClientRequestToken and a digest of what it stood for
    token TEXT UNIQUE,
    digest TEXT,
    state TEXT NOT NULL,
    -- the process that runs it: pid:began
    owner TEXT NOT NULL,
    -- 1 where it was asked to stop
    stop INTEGER NOT NULL DEFAULT 0,
    -- QueryExecution as GetQueryExecution answers it
    body TEXT NOT NULL,
    -- ColumnInfo of the result
    columns TEXT NOT NULL DEFAULT '[]',
    -- rows that CTAS or UNLOAD wrote
    updated INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX athena_executions_workgroup ON athena_executions (workgroup, place);
CREATE INDEX athena_executions_state ON athena_executions (state) WHERE state IN ('QUEUED', 'RUNNING');
CREATE TABLE athena_workgroups (name TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE athena_named_queries (
    place INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    workgroup TEXT NOT NULL,
    token TEXT UNIQUE,
    body TEXT NOT NULL
);
",
// Statistics beyond those of the body, and what an execution must be alike in for its result to
// be reused.
"
ALTER TABLE athena_executions ADD COLUMN runtime TEXT;
ALTER TABLE athena_executions ADD COLUMN likeness TEXT;
CREATE INDEX athena_executions_likeness ON athena_executions (likeness, place)
    WHERE state = 'SUCCEEDED' AND likeness IS NOT NULL;
CREATE TABLE athena_prepared (
    workgroup TEXT NOT NULL,
    name TEXT NOT NULL,
    -- PreparedStatement as GetPreparedStatement answers it
    body TEXT NOT NULL,
    PRIMARY KEY (workgroup, name)
) WITHOUT ROWID;
"];
