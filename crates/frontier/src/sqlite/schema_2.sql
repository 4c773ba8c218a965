-- What version 2 adds: seeds, accounts of outlets, claims.

-- `spec` is JSON, `state` is JSON of what came of the last visit; `member` is what it adds to the
-- scope.
CREATE TABLE seed (
    name TEXT PRIMARY KEY,
    outlet TEXT NOT NULL,
    spec TEXT NOT NULL,
    member TEXT,
    added_at INTEGER NOT NULL,
    state TEXT,
    state_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX seed_outlet ON seed (outlet);
CREATE INDEX seed_member ON seed (member) WHERE member IS NOT NULL;

-- `figures` is JSON.
CREATE TABLE account (outlet TEXT PRIMARY KEY, figures TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE claim (
    outlet TEXT NOT NULL,
    key INTEGER NOT NULL,
    holder INTEGER NOT NULL,
    PRIMARY KEY (outlet, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX host_outlet ON host (outlet);

-- Where a URL of the backfill band was put in `pending`; told by nobody when it leaves there.
ALTER TABLE seen ADD COLUMN seq INTEGER;
