-- migrate_0003: where reports are fetched from, what look-ups and alerts remember; a script
ALTER TABLE address_name ADD COLUMN country TEXT;
ALTER TABLE address_name ADD COLUMN due_s INTEGER NOT NULL DEFAULT 0;
ALTER TABLE address_name ADD COLUMN failures INTEGER NOT NULL DEFAULT 0;
CREATE INDEX address_name_due ON address_name (due_s);
CREATE TABLE mailbox (
  id       INTEGER PRIMARY KEY,
  place    TEXT NOT NULL UNIQUE,
  validity INTEGER NOT NULL,
  done     INTEGER NOT NULL,
  settled  INTEGER NOT NULL
);
CREATE TABLE mail (
  id         INTEGER PRIMARY KEY,
  mailbox    INTEGER NOT NULL REFERENCES mailbox,
  place      TEXT NOT NULL,
  received_s INTEGER NOT NULL,
  bytes      INTEGER NOT NULL,
  outcome    INTEGER NOT NULL,
  raw        BLOB,
  UNIQUE (mailbox, place)
);
CREATE INDEX mail_received ON mail (mailbox, received_s, outcome);
CREATE TABLE dns_name (
  name        TEXT PRIMARY KEY,
  wanted_s    INTEGER NOT NULL,
  looked_up_s INTEGER NOT NULL,
  due_s       INTEGER,
  failures    INTEGER NOT NULL,
  trouble     TEXT
) WITHOUT ROWID;
CREATE INDEX dns_name_due ON dns_name (due_s) WHERE due_s IS NOT NULL;
CREATE TABLE dns_record (
  name    TEXT NOT NULL REFERENCES dns_name,
  first_s INTEGER NOT NULL,
  last_s  INTEGER NOT NULL,
  text    TEXT NOT NULL,
  PRIMARY KEY (name, first_s)
) WITHOUT ROWID;
CREATE TABLE alert (
  id      INTEGER PRIMARY KEY,
  rule    TEXT NOT NULL,
  subject TEXT NOT NULL,
  seen    TEXT NOT NULL,
  firing  INTEGER NOT NULL,
  since_s INTEGER NOT NULL,
  change  INTEGER NOT NULL UNIQUE,
  heard   INTEGER NOT NULL,
  title   TEXT NOT NULL,
  text    TEXT NOT NULL,
  path    TEXT NOT NULL,
  UNIQUE (rule, subject)
);
CREATE INDEX alert_live ON alert (change) WHERE firing <> 0 OR heard <> 0;
