//! The store's tables.
//!
//! `s3_objects` may hold several rows for one key: around the rename of a new file
//! over an old one both have a row, and the file's fingerprint says which is true.

pub const STEPS: &[&str] = &[
    "
CREATE TABLE s3_buckets (
    name        TEXT PRIMARY KEY,
    created     INTEGER NOT NULL,          -- milliseconds since the epoch
    versioning  TEXT NOT NULL DEFAULT '',  -- '', 'Enabled', 'Suspended'
    encryption  TEXT,                      -- SseRule as JSON
    policy      TEXT
);
CREATE TABLE s3_objects (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    bucket  TEXT NOT NULL,
    key     TEXT NOT NULL,
    blob    TEXT,                          -- name under blobs/; NULL: the plain file
    size    INTEGER NOT NULL,
    mtime   INTEGER NOT NULL,              -- nanoseconds since the epoch
    inode   INTEGER NOT NULL,
    etag    TEXT NOT NULL,
    version TEXT,                          -- NULL: 'null'
    meta    TEXT NOT NULL,                 -- Meta as JSON
    parts   TEXT                           -- [PartInfo] as JSON
);
CREATE INDEX s3_objects_key ON s3_objects (bucket, key);
CREATE INDEX s3_objects_blob ON s3_objects (bucket, key) WHERE blob IS NOT NULL;
CREATE TABLE s3_versions (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,  -- newer is greater
    bucket  TEXT NOT NULL,
    key     TEXT NOT NULL,
    file    TEXT,                          -- name under versions/; NULL: a delete marker
    size    INTEGER NOT NULL,
    mtime   INTEGER NOT NULL,
    etag    TEXT NOT NULL,
    version TEXT,
    meta    TEXT NOT NULL,
    parts   TEXT
);
CREATE INDEX s3_versions_key ON s3_versions (bucket, key, id);
CREATE TABLE s3_uploads (
    id        TEXT PRIMARY KEY,
    bucket    TEXT NOT NULL,
    key       TEXT NOT NULL,
    initiated INTEGER NOT NULL,            -- milliseconds since the epoch
    owner     TEXT NOT NULL,               -- ARN
    options   TEXT NOT NULL                -- Meta as JSON
);
CREATE INDEX s3_uploads_key ON s3_uploads (bucket, key, id);
CREATE TABLE s3_parts (
    upload   TEXT NOT NULL REFERENCES s3_uploads (id) ON DELETE CASCADE,
    number   INTEGER NOT NULL,
    file     TEXT NOT NULL,                -- name in the upload's folder
    size     INTEGER NOT NULL,
    etag     TEXT NOT NULL,
    checksum TEXT,                         -- base64, of the upload's algorithm
    modified INTEGER NOT NULL,
    PRIMARY KEY (upload, number)
) WITHOUT ROWID;
",
    "
ALTER TABLE s3_buckets ADD COLUMN public_block TEXT; -- Option<PublicBlock> as JSON; NULL: all of it
ALTER TABLE s3_buckets ADD COLUMN logging TEXT;      -- LogTarget as JSON
ALTER TABLE s3_buckets ADD COLUMN lifecycle TEXT;    -- [AbortRule] as JSON
",
];
