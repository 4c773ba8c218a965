-- The stories of an archive, version 1. Times are microseconds since 1970 (UTC).

-- One row: up to which document the checkpoint goes, under which bounds it was written, and from
-- which document on the texts are kept.
CREATE TABLE meta (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    checkpoint INTEGER NOT NULL DEFAULT 0,
    config TEXT NOT NULL,
    texts_from INTEGER NOT NULL DEFAULT 1
) STRICT;

CREATE TABLE outlet (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;

-- What the seeds say of an outlet; `name` is country, language or tag.
CREATE TABLE label (
    outlet INTEGER NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (outlet, name, value)
) STRICT, WITHOUT ROWID;

-- The segments that documents come from. `lines` and `bytes` are what its file of articles had when
-- all of it was known to be here; NULL where that is not known.
CREATE TABLE segment (
    id INTEGER PRIMARY KEY,
    archive TEXT NOT NULL,
    name TEXT NOT NULL,
    lines INTEGER,
    bytes INTEGER,
    UNIQUE (archive, name)
) STRICT;

-- Articles, numbered in the order of their arrival: the order that a rebuild keeps to.
-- `given` is the story that it was given on arrival, `story` where it stands now. `first_at` is
-- when it was published as far as that can be believed; by it the first is found.
CREATE TABLE document (
    number INTEGER PRIMARY KEY,
    given INTEGER NOT NULL,
    story INTEGER NOT NULL,
    kind TEXT NOT NULL,
    url TEXT NOT NULL,
    url_key INTEGER NOT NULL,
    text_key INTEGER NOT NULL,
    outlet INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    first_at INTEGER NOT NULL,
    published_at INTEGER,
    published TEXT,
    headline TEXT,
    byline TEXT,
    language TEXT,
    declared TEXT,
    agency TEXT,
    noarchive INTEGER NOT NULL,
    partial INTEGER NOT NULL,
    digest TEXT,
    segment INTEGER,
    record TEXT,
    offset INTEGER
) STRICT;

CREATE UNIQUE INDEX document_key ON document (url_key, text_key);
CREATE INDEX document_story ON document (story);

-- Why a document is in its story: the older documents that it shares its text with, closest first.
CREATE TABLE reason (
    document INTEGER NOT NULL,
    place INTEGER NOT NULL,
    other INTEGER NOT NULL,
    kind TEXT NOT NULL,
    of_document REAL NOT NULL,
    of_other REAL NOT NULL,
    PRIMARY KEY (document, place)
) STRICT, WITHOUT ROWID;

-- Stories of which a document holds a part without being a member.
CREATE TABLE link (
    document INTEGER NOT NULL,
    story INTEGER NOT NULL,
    PRIMARY KEY (document, story)
) STRICT, WITHOUT ROWID;

CREATE INDEX link_story ON link (story);

-- Sums over the documents of a story. `size` counts URLs, `documents` their revisions as well;
-- `first` is the number of its first publication.
CREATE TABLE story (
    id INTEGER PRIMARY KEY,
    size INTEGER NOT NULL,
    documents INTEGER NOT NULL,
    outlets INTEGER NOT NULL,
    agency TEXT,
    first INTEGER NOT NULL,
    first_at INTEGER NOT NULL,
    seen_first INTEGER NOT NULL,
    seen_last INTEGER NOT NULL
) STRICT;

CREATE INDEX story_rank ON story (outlets DESC, size DESC, id DESC);

-- Stories that turned out to be one, and the document that showed it.
CREATE TABLE merge (
    story INTEGER PRIMARY KEY,
    into_story INTEGER NOT NULL,
    document INTEGER NOT NULL
) STRICT;

-- Documents that turned out to be digests, and the document that showed it.
CREATE TABLE move (
    moved INTEGER NOT NULL,
    document INTEGER NOT NULL,
    from_story INTEGER NOT NULL,
    to_story INTEGER NOT NULL,
    PRIMARY KEY (moved, document)
) STRICT, WITHOUT ROWID;

-- The texts of the window, packed with zstd.
CREATE TABLE text (document INTEGER PRIMARY KEY, packed BLOB NOT NULL) STRICT;

-- The state of the engine, in parts.
CREATE TABLE checkpoint (part INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
