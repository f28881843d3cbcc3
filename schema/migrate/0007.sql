-- migrate_0007: what people write down: notes, confirmations, blockers; a script
CREATE TABLE note (
  id      INTEGER PRIMARY KEY AUTOINCREMENT,
  version INTEGER NOT NULL,
  day     INTEGER NOT NULL,
  end_day INTEGER NOT NULL,
  text    TEXT NOT NULL,
  domain  TEXT NOT NULL,
  source  TEXT NOT NULL,
  who     TEXT NOT NULL,
  made_s  INTEGER NOT NULL
);
CREATE INDEX note_day ON note (day);

CREATE TABLE confirmation (
  id        INTEGER PRIMARY KEY AUTOINCREMENT,
  domain    TEXT NOT NULL,
  step      INTEGER NOT NULL,
  check_id  TEXT NOT NULL,
  text      TEXT NOT NULL,
  who       TEXT NOT NULL,
  made_s    INTEGER NOT NULL,
  expires_s INTEGER NOT NULL
);

CREATE TABLE blocker (
  id        INTEGER PRIMARY KEY AUTOINCREMENT,
  version   INTEGER NOT NULL,
  key       TEXT NOT NULL,
  domain    TEXT NOT NULL,
  text      TEXT NOT NULL,
  owner     TEXT NOT NULL,
  state     INTEGER NOT NULL,
  state_day INTEGER NOT NULL,
  reason    TEXT NOT NULL,
  until_day INTEGER NOT NULL,
  note      TEXT NOT NULL,
  source    TEXT NOT NULL,
  who       TEXT NOT NULL,
  made_s    INTEGER NOT NULL
);
CREATE UNIQUE INDEX blocker_key ON blocker (domain, key) WHERE key <> '';
