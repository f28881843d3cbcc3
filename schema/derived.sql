-- What the facts mean: derived by schema/classify.c and the operator's rules, droppable, and rebuilt from facts.sql by
-- `ruad rebuild`. This script forgets all of it and makes it anew, empty; meta's `derived` says which version stands there.
DROP TABLE IF EXISTS profile_class;
DROP TABLE IF EXISTS address_source;
DROP TABLE IF EXISTS source;
DROP TABLE IF EXISTS verdict_rule;
DROP TABLE IF EXISTS daily_domain; -- of version 1
DROP TABLE IF EXISTS daily_reporter;
DROP TABLE IF EXISTS day_rows;
DROP TABLE IF EXISTS month_ids;
DROP TABLE IF EXISTS cell;

CREATE TABLE profile_class (
  profile     INTEGER PRIMARY KEY,
  split       INTEGER NOT NULL, -- enum split: 0 full, 1 DKIM only, 2 SPF only, 3 untrusted, 4 quarantined, 5 rejected
  disposition INTEGER NOT NULL, -- 0 none, 1 quarantine, 2 reject, as understood
  passes      INTEGER NOT NULL, -- bit 0 DKIM, bit 1 SPF: aligned, as reported or derived
  flags       INTEGER NOT NULL, -- enum row_flag
  stated      INTEGER NOT NULL, -- enum stated: what its reasons come to
  facts       INTEGER NOT NULL, -- bits of enum fact (schema/verdict.h): what the row shows by itself
  source      INTEGER NOT NULL  -- the first rule that matches it, 0 for none
);

CREATE TABLE address_source ( -- only addresses that a rule matches
  address INTEGER PRIMARY KEY,
  source  INTEGER NOT NULL -- the first rule that matches it; a row's source is the smaller of address's and profile's
);

CREATE TABLE source ( -- the rules of the configuration and the built-in hints, in their order
  id    INTEGER PRIMARY KEY, -- from 1
  name  TEXT NOT NULL,
  kind  INTEGER NOT NULL, -- enum source_kind
  owner TEXT,
  hint  INTEGER NOT NULL, -- 1: built in (schema/source_hint.c), to be confirmed by a person
  software INTEGER NOT NULL DEFAULT 0 -- enum list_software
);

CREATE TABLE verdict_rule ( -- the table of schema/verdict.c that was last applied to all this, in its order; meta's `verdicts` is its version
  place   INTEGER PRIMARY KEY, -- from 1
  id      TEXT NOT NULL,
  needs   INTEGER NOT NULL, -- bits of enum fact
  lacks   INTEGER NOT NULL,
  verdict TEXT NOT NULL -- its name
);

-- The facts of a day, packed as storage/pack.h says: what scans read.
CREATE TABLE day_rows (
  segment     INTEGER PRIMARY KEY, -- day << 40 | id of its first report
  last_report INTEGER NOT NULL,
  bytes       BLOB NOT NULL
);

CREATE TABLE month_ids ( -- who occurs in a month, and on which days: storage/derive.h
  month     INTEGER PRIMARY KEY, -- 1000000 + months since 1970-01
  profiles  BLOB NOT NULL,
  addresses BLOB NOT NULL
);

-- Sums by day and by month, packed as storage/cells.h says: what pages add up. Rows by each set of From domain, source and
-- reporter, so that a question reads no more cells than it tells apart; of months that no
-- more days come to also rows by profile, source, policy domain and policy, with and without the reporter, and by address, source and
-- kind, alone and behind the From domain or the reporter; and reports by policy domain, reporter and policy.
CREATE TABLE cell (
  id    INTEGER PRIMARY KEY, -- enum cell_table << 32 | a day, or a month as above
  cells BLOB NOT NULL
);
