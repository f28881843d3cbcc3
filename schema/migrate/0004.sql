-- migrate_0004: who may see and do what; a script
CREATE TABLE access_grant (
  id        INTEGER PRIMARY KEY AUTOINCREMENT,
  kind      INTEGER NOT NULL,
  hash      BLOB NOT NULL UNIQUE,
  name      TEXT NOT NULL,
  role      INTEGER NOT NULL,
  writes    INTEGER NOT NULL,
  trees     TEXT NOT NULL,
  sources   TEXT NOT NULL,
  maker     TEXT NOT NULL,
  link      INTEGER NOT NULL,
  made_s    INTEGER NOT NULL,
  expires_s INTEGER NOT NULL,
  used_s    INTEGER NOT NULL
);
CREATE INDEX access_grant_kind ON access_grant (kind, id);
CREATE INDEX access_grant_link ON access_grant (link) WHERE link <> 0;
CREATE TABLE audit (
  id     INTEGER PRIMARY KEY AUTOINCREMENT,
  at_s   INTEGER NOT NULL,
  who    TEXT NOT NULL,
  what   TEXT NOT NULL,
  detail TEXT NOT NULL
);
