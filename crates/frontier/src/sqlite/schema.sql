-- The frontier's file, version 1. Times are microseconds of logical time since 1970, durations
-- microseconds, bands 0 hub, 1 article, 2 backfill, lanes 0 fresh, 1 backfill.

-- One row: where the clock stood, and sums over all hosts, so that figures cost nothing.
CREATE TABLE meta (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    now INTEGER NOT NULL,
    drawn INTEGER NOT NULL DEFAULT 0,
    seen INTEGER NOT NULL DEFAULT 0,
    hosts INTEGER NOT NULL DEFAULT 0,
    working INTEGER NOT NULL DEFAULT 0,
    pending_hub INTEGER NOT NULL DEFAULT 0,
    pending_article INTEGER NOT NULL DEFAULT 0,
    pending_backfill INTEGER NOT NULL DEFAULT 0,
    in_flight INTEGER NOT NULL DEFAULT 0,
    due INTEGER NOT NULL DEFAULT 0
) STRICT;

-- `queued_*` counts a band's rows in `pending`; the first `flight_*` of them are in flight. So a
-- lease moves no rows, and URLs that come back are where they were.
CREATE TABLE host (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    outlet TEXT NOT NULL,
    fence INTEGER NOT NULL DEFAULT 0,
    worker TEXT,
    deadline INTEGER,
    ready_at INTEGER NOT NULL,
    delay INTEGER NOT NULL DEFAULT 0,
    state TEXT NOT NULL DEFAULT '{}',
    turn INTEGER NOT NULL DEFAULT 0,
    tail INTEGER NOT NULL DEFAULT 0,
    queued_hub INTEGER NOT NULL DEFAULT 0,
    queued_article INTEGER NOT NULL DEFAULT 0,
    queued_backfill INTEGER NOT NULL DEFAULT 0,
    flight_hub INTEGER NOT NULL DEFAULT 0,
    flight_article INTEGER NOT NULL DEFAULT 0,
    flight_backfill INTEGER NOT NULL DEFAULT 0,
    due_fresh INTEGER,
    due_backfill INTEGER,
    fresh_at INTEGER,
    backfill_at INTEGER
) STRICT;

CREATE INDEX host_fresh ON host (fresh_at, name) WHERE fresh_at IS NOT NULL;
CREATE INDEX host_backfill ON host (backfill_at, name, fresh_at) WHERE backfill_at IS NOT NULL;
CREATE INDEX host_deadline ON host (deadline) WHERE deadline IS NOT NULL;

-- Known URLs, by fingerprint; the highest bit is turned, so that order is that of the fingerprint.
CREATE TABLE seen (fingerprint INTEGER PRIMARY KEY) STRICT;

-- `entry` is a path on the host's https origin, a whole URL, or, with more to keep, JSON.
CREATE TABLE pending (
    host INTEGER NOT NULL,
    band INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    depth INTEGER NOT NULL,
    entry TEXT NOT NULL,
    PRIMARY KEY (host, band, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE due (
    host INTEGER NOT NULL,
    lane INTEGER NOT NULL,
    at INTEGER NOT NULL,
    fingerprint INTEGER NOT NULL,
    band INTEGER NOT NULL,
    depth INTEGER NOT NULL,
    entry TEXT NOT NULL,
    PRIMARY KEY (host, lane, at, fingerprint)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX due_fingerprint ON due (fingerprint);

CREATE TABLE robots (
    host INTEGER NOT NULL,
    origin TEXT NOT NULL,
    stored_at INTEGER NOT NULL,
    copy TEXT NOT NULL,
    UNIQUE (host, origin)
) STRICT;

CREATE TABLE scope (member TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;

CREATE TABLE note (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
