-- What the facts mean: derived by schema/classify.c and the operator's rules, droppable, and rebuilt from facts.sql.
CREATE TABLE profile_class (
  profile     INTEGER PRIMARY KEY,
  split       INTEGER NOT NULL, -- enum split: 0 full, 1 DKIM only, 2 SPF only, 3 untrusted, 4 quarantined, 5 rejected
  disposition INTEGER NOT NULL, -- 0 none, 1 quarantine, 2 reject, as understood
  passes      INTEGER NOT NULL, -- bit 0 DKIM, bit 1 SPF: aligned, as reported or derived
  flags       INTEGER NOT NULL, -- enum row_flag
  source      INTEGER NOT NULL  -- the first rule that matches it, 0 for none
);

CREATE TABLE address_source ( -- only addresses that a rule matches
  address INTEGER PRIMARY KEY,
  source  INTEGER NOT NULL -- the first rule that matches it; a row's source is the smaller of address's and profile's
);

CREATE TABLE source ( -- the rules of the configuration, in their order
  id    INTEGER PRIMARY KEY, -- from 1
  name  TEXT NOT NULL,
  kind  INTEGER NOT NULL, -- enum source_kind
  owner TEXT
);

-- Messages by class, per day. `rows` are facts; arc_rescued is part of untrusted.
CREATE TABLE daily_domain (
  domain INTEGER NOT NULL, -- header_from
  day    INTEGER NOT NULL,
  full INTEGER NOT NULL, dkim_only INTEGER NOT NULL, spf_only INTEGER NOT NULL, untrusted INTEGER NOT NULL,
  quarantined INTEGER NOT NULL, rejected INTEGER NOT NULL, arc_rescued INTEGER NOT NULL, rows INTEGER NOT NULL,
  PRIMARY KEY (domain, day)
) WITHOUT ROWID;

CREATE TABLE daily_reporter (
  reporter INTEGER NOT NULL,
  day      INTEGER NOT NULL,
  full INTEGER NOT NULL, dkim_only INTEGER NOT NULL, spf_only INTEGER NOT NULL, untrusted INTEGER NOT NULL,
  quarantined INTEGER NOT NULL, rejected INTEGER NOT NULL, arc_rescued INTEGER NOT NULL, rows INTEGER NOT NULL,
  PRIMARY KEY (reporter, day)
) WITHOUT ROWID;
