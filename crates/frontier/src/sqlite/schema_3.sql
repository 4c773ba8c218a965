-- What version 3 adds: directives, workers, tokens of addresses, caps of outlets. Fingerprints have
-- lost their lowest bit.

-- `directives` and `scope` count changes.
ALTER TABLE meta ADD COLUMN directives INTEGER NOT NULL DEFAULT 0;
ALTER TABLE meta ADD COLUMN scope INTEGER NOT NULL DEFAULT 0;

-- `given` is JSON; `ends` is when it ends, also one for good.
CREATE TABLE directive (
    about TEXT NOT NULL,
    kind TEXT NOT NULL,
    given TEXT NOT NULL,
    ends INTEGER NOT NULL,
    PRIMARY KEY (about, kind)
) STRICT, WITHOUT ROWID;

-- `beat` is JSON.
CREATE TABLE worker (
    name TEXT PRIMARY KEY,
    at INTEGER NOT NULL,
    beat TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE token (
    address TEXT NOT NULL,
    host TEXT NOT NULL,
    fence INTEGER NOT NULL,
    ends INTEGER NOT NULL,
    PRIMARY KEY (address, host, fence)
) STRICT, WITHOUT ROWID;

-- `fresh_at` and `backfill_at` count holds; `ready_at` does not.
ALTER TABLE host ADD COLUMN held_until INTEGER NOT NULL DEFAULT 0;

-- Outlets that have had many hosts passed over in one draw, because of their leases. Their hosts
-- are looked up by outlet, so that no draw has to pass over all of them again.
CREATE TABLE crowd (outlet TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;

ALTER TABLE host ADD COLUMN crowded INTEGER NOT NULL DEFAULT 0;

DROP INDEX host_fresh;
DROP INDEX host_backfill;
DROP INDEX host_deadline;

CREATE INDEX host_fresh ON host (fresh_at, name) WHERE fresh_at IS NOT NULL AND crowded = 0;
CREATE INDEX host_backfill ON host (backfill_at, name)
    WHERE backfill_at IS NOT NULL AND crowded = 0;
CREATE INDEX crowd_fresh ON host (outlet, fresh_at, name)
    WHERE fresh_at IS NOT NULL AND crowded = 1;
CREATE INDEX crowd_backfill ON host (outlet, backfill_at, name)
    WHERE backfill_at IS NOT NULL AND crowded = 1;

-- Leases that nobody has settled: few, so that they can all be looked at.
CREATE INDEX host_leased ON host (outlet, ready_at, deadline) WHERE deadline IS NOT NULL;

-- Shifted by one bit under the turned highest one: order stays. The tables are written anew, as a
-- row moved in place might meet one that has still to move.
CREATE TABLE seen_3 (fingerprint INTEGER PRIMARY KEY, seq INTEGER) STRICT;
INSERT OR IGNORE INTO seen_3
    SELECT (fingerprint >> 1) - 4611686018427387904, seq FROM seen ORDER BY fingerprint;
UPDATE meta SET seen = seen + (SELECT count(*) FROM seen_3) - (SELECT count(*) FROM seen);
DROP TABLE seen;
ALTER TABLE seen_3 RENAME TO seen;

CREATE TABLE due_3 (
    host INTEGER NOT NULL,
    lane INTEGER NOT NULL,
    at INTEGER NOT NULL,
    fingerprint INTEGER NOT NULL,
    band INTEGER NOT NULL,
    depth INTEGER NOT NULL,
    entry TEXT NOT NULL,
    PRIMARY KEY (host, lane, at, fingerprint)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX due_3_fingerprint ON due_3 (fingerprint);
INSERT OR IGNORE INTO due_3
    SELECT host, lane, at, (fingerprint >> 1) - 4611686018427387904, band, depth, entry FROM due;
UPDATE meta SET due = due + (SELECT count(*) FROM due_3) - (SELECT count(*) FROM due);
DROP TABLE due;
ALTER TABLE due_3 RENAME TO due;

UPDATE claim SET holder = (holder >> 1) & 0x7FFFFFFFFFFFFFFF;
