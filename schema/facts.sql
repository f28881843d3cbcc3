-- What was reported, as plain rows that any SQL tool can read. Never rebuilt, only migrated forward (schema/migrate).
-- Rows of reports repeat massively, so a row is three numbers and a count: which report, which address, which profile.
-- Text is stored as the reporter wrote it (trimmed; enumerations lower-cased); NULL is absent. Times are Unix seconds,
-- days whole UTC days since 1970-01-01. What the facts mean stands in derived.sql.
CREATE TABLE meta (
  key   TEXT PRIMARY KEY, -- generation (grows with every commit that changed anything), reports (how many), rules (hash of
                          -- the source rules applied), labels (grows where look-ups named an address anew), derived (version
                          -- of the derived tables), demo, owner (a random number: names this database),
                          -- alerts (Unix seconds: since when alerts are watched), lookups (how look-ups are set)
  value NOT NULL
) WITHOUT ROWID;

CREATE TABLE domain ( -- names in normal form: lower case, A-labels, no final dot
  id   INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE -- '' for a row or report that names none
);

CREATE TABLE reporter (
  id   INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE -- org_name as written; the domain of its address where absent
);

CREATE TABLE policy ( -- policy_published without its domain: one line per distinct combination
  id               INTEGER PRIMARY KEY,
  key              BLOB NOT NULL UNIQUE, -- hash of all that follows
  p                TEXT,
  sp               TEXT,
  np               TEXT,
  pct              INTEGER, -- NULL: not stated, which does not mean 100 (RFC 9990 omits it)
  testing          TEXT,
  adkim            TEXT,
  aspf             TEXT,
  fo               TEXT,
  discovery_method TEXT
);

CREATE TABLE address (
  id      INTEGER PRIMARY KEY,
  bytes   BLOB NOT NULL, -- 16; IPv4 as ::ffff:a.b.c.d; empty where the row has no readable address
  written TEXT NOT NULL, -- what stood there where it is no address, else ''
  UNIQUE (bytes, written)
);

CREATE TABLE address_name ( -- what look-ups found: knowledge from outside, which no report could give back
  address     INTEGER PRIMARY KEY REFERENCES address,
  name        TEXT, -- forward-confirmed reverse name in normal form; NULL: none
  asn         INTEGER, -- number of the network (AS) that announces it; NULL: not known
  looked_up_s INTEGER NOT NULL, -- last answer of DNS; 0 never
  country     TEXT, -- ISO 3166 code of two letters, lower case; NULL: not known
  due_s       INTEGER NOT NULL DEFAULT 0, -- to be looked up again then
  failures    INTEGER NOT NULL DEFAULT 0 -- questions one behind the other that had no answer
);
CREATE INDEX address_name_due ON address_name (due_s);

CREATE TABLE profile ( -- everything of a row but its address and count: one line per distinct combination
  id            INTEGER PRIMARY KEY,
  key           BLOB NOT NULL UNIQUE, -- hash of all that follows and of the profile's lists
  domain        INTEGER NOT NULL REFERENCES domain, -- header_from in normal form
  header_from   TEXT, -- as written
  envelope_from TEXT,
  envelope_to   TEXT,
  disposition   TEXT,
  dkim          TEXT, -- policy_evaluated: the aligned results
  spf           TEXT,
  adkim         TEXT, -- the policy's alignment modes, only where a result is absent and had to be derived
  aspf          TEXT
);

CREATE TABLE profile_reason (
  profile INTEGER NOT NULL REFERENCES profile,
  ord     INTEGER NOT NULL, -- from 0, as reported
  type    TEXT,
  comment TEXT,
  PRIMARY KEY (profile, ord)
) WITHOUT ROWID;

CREATE TABLE profile_auth ( -- auth_results, raw and unaligned
  profile      INTEGER NOT NULL REFERENCES profile,
  kind         INTEGER NOT NULL, -- 0 dkim, 1 spf
  ord          INTEGER NOT NULL,
  domain       TEXT,
  selector     TEXT, -- dkim
  scope        TEXT, -- spf
  result       TEXT,
  human_result TEXT,
  PRIMARY KEY (profile, kind, ord)
) WITHOUT ROWID;

CREATE TABLE report (
  id                 INTEGER PRIMARY KEY AUTOINCREMENT, -- in the order they were taken in, none used twice
  key                BLOB NOT NULL, -- hash of (lower-case org_name, domain, report_id, begin, end); of the content where
                                    -- report_id is absent (FORMATS 2.3)
  content            BLOB NOT NULL, -- hash of the document
  reporter           INTEGER NOT NULL REFERENCES reporter,
  domain             INTEGER NOT NULL REFERENCES domain, -- policy_published/domain
  policy             INTEGER NOT NULL REFERENCES policy,
  day                INTEGER NOT NULL, -- the UTC day of begin: where all of the report counts
  begin_s            INTEGER, -- as reported
  end_s              INTEGER,
  received_s         INTEGER NOT NULL, -- when ruad took it in
  complete           INTEGER NOT NULL, -- 0: the document stopped early
  twin               INTEGER NOT NULL, -- 1: the same key was seen before with another content; both are kept
  row_count          INTEGER NOT NULL, -- rows in the document
  messages           INTEGER NOT NULL,
  report_id          TEXT,
  email              TEXT,
  extra_contact_info TEXT,
  version            TEXT,
  namespace          TEXT,
  generator          TEXT,
  file               TEXT, -- where it was found: a label
  member             TEXT,
  raw                BLOB, -- key of the bytes it was read from (raw.sql); NULL: none were kept
  bytes              INTEGER -- how many those were: of the whole mail or file; NULL: not known
);
CREATE INDEX report_key ON report (key);
CREATE INDEX report_day ON report (day);
CREATE INDEX report_name ON report (report_id COLLATE NOCASE);
CREATE INDEX report_raw ON report (raw) WHERE raw IS NOT NULL;

CREATE TABLE report_note (
  report INTEGER NOT NULL REFERENCES report,
  kind   INTEGER NOT NULL, -- 0 <error>, 1 repair, 2 warning, 3 name of an unknown element
  ord    INTEGER NOT NULL,
  text   TEXT NOT NULL,
  PRIMARY KEY (report, kind, ord)
) WITHOUT ROWID;

CREATE TABLE fact ( -- equal rows of one report are one fact, their counts added
  report   INTEGER NOT NULL REFERENCES report,
  address  INTEGER NOT NULL REFERENCES address,
  profile  INTEGER NOT NULL REFERENCES profile,
  messages INTEGER NOT NULL,
  PRIMARY KEY (report, address, profile)
) WITHOUT ROWID;

CREATE TABLE reject ( -- what gave no report; its bytes are kept
  id         INTEGER PRIMARY KEY,
  key        BLOB NOT NULL UNIQUE, -- hash of the bytes and the member: the same refusal is kept once
  received_s INTEGER NOT NULL,
  file       TEXT NOT NULL,
  member     TEXT,
  code       TEXT NOT NULL, -- schema/reject.h
  line       INTEGER NOT NULL, -- 0 where it does not apply
  detail     TEXT NOT NULL,
  raw        BLOB -- key of its bytes, the whole mail or file (raw.sql); NULL: there were none
);
CREATE INDEX reject_raw ON reject (raw) WHERE raw IS NOT NULL;

-- SMTP TLS reports (RFC 8460), kept apart: they are about mail to you, not from you. Text as written; NULL is absent.
CREATE TABLE tls_report (
  id                INTEGER PRIMARY KEY,
  key               BLOB NOT NULL UNIQUE, -- hash of organization_name, report_id, start and end; of all it says where it has no id
  organization_name TEXT,
  contact_info      TEXT,
  report_id         TEXT,
  start_datetime    TEXT,
  end_datetime      TEXT,
  received_s        INTEGER NOT NULL,
  file              TEXT,
  member            TEXT
);
CREATE INDEX tls_report_start ON tls_report (start_datetime);

CREATE TABLE tls_policy ( -- never add policies of one report together: a session may count under several
  report        INTEGER NOT NULL REFERENCES tls_report,
  ord           INTEGER NOT NULL,
  policy_type   TEXT,
  policy_domain TEXT,
  mx_host       TEXT, -- several: a line each
  policy_string TEXT, -- likewise
  successful    INTEGER, -- sessions; NULL where not stated
  failed        INTEGER,
  PRIMARY KEY (report, ord)
) WITHOUT ROWID;

CREATE TABLE tls_failure (
  report                 INTEGER NOT NULL REFERENCES tls_report,
  policy                 INTEGER NOT NULL, -- tls_policy.ord
  ord                    INTEGER NOT NULL,
  result_type            TEXT,
  sending_mta_ip         TEXT,
  receiving_mx_hostname  TEXT,
  receiving_mx_helo      TEXT,
  receiving_ip           TEXT,
  additional_information TEXT,
  failure_reason_code    TEXT,
  failed                 INTEGER,
  PRIMARY KEY (report, policy, ord)
) WITHOUT ROWID;

-- Failure reports (RFC 9991, RFC 6591): the report's own fields, never the mail. Empty unless the configuration asks for
-- them (database.failure_reports), since even these hold personal data.
CREATE TABLE failure_report (
  id                     INTEGER PRIMARY KEY,
  key                    BLOB NOT NULL UNIQUE, -- hash of all fields
  feedback_type          TEXT,
  auth_failure           TEXT,
  reported_domain        TEXT,
  source_ip              TEXT,
  delivery_result        TEXT,
  identity_alignment     TEXT,
  authentication_results TEXT,
  dkim_domain            TEXT,
  dkim_selector          TEXT,
  spf_dns                TEXT,
  original_mail_from     TEXT,
  arrival_date           TEXT,
  incidents              TEXT,
  received_s             INTEGER NOT NULL,
  file                   TEXT,
  member                 TEXT
);

-- Where reports are fetched from, and how far (INTERFACE, `mail`).
CREATE TABLE mailbox (
  id       INTEGER PRIMARY KEY,
  place    TEXT NOT NULL UNIQUE, -- "imap://user@host:993/INBOX", "maildir:/path", "folder:/path"
  validity INTEGER NOT NULL, -- UIDVALIDITY (RFC 9051 2.3.1.1); 0 where there is none
  done     INTEGER NOT NULL, -- all messages up to this UID are taken in, or refused and kept
  settled  INTEGER NOT NULL  -- all up to this UID are also dealt with in the mailbox, as `after` says
);

CREATE TABLE mail ( -- every mail or file that a mailbox gave
  id         INTEGER PRIMARY KEY,
  mailbox    INTEGER NOT NULL REFERENCES mailbox,
  place      TEXT NOT NULL, -- "UIDVALIDITY:UID", or the file's name without its flags
  received_s INTEGER NOT NULL, -- when ruad took it in, the first time
  bytes      INTEGER NOT NULL,
  outcome    INTEGER NOT NULL, -- enum mail_outcome (schema/mail.h)
  raw        BLOB, -- key of its bytes, where they were kept (raw.sql)
  sender     TEXT, -- of its header; NULL: not known, as of a file; cut (limits.h)
  subject    TEXT,
  report     INTEGER, -- the first report that it gave or repeated; the four are NULL where an older ruad took it in
  fresh      INTEGER, -- reports in it that were new
  known      INTEGER, -- reports in it that were here before
  others     INTEGER, -- TLS and failure reports in it
  UNIQUE (mailbox, place)
);
CREATE INDEX mail_received ON mail (mailbox, received_s, outcome);
CREATE INDEX mail_outcome ON mail (outcome);
CREATE INDEX mail_raw ON mail (raw) WHERE raw IS NOT NULL;

-- What DNS says of the names that matter: one line for each value it had, so that changes can be shown.
CREATE TABLE dns_name (
  name        TEXT PRIMARY KEY, -- normal form, of TXT records: "_dmarc.univ.example", "s1._domainkey.univ.example"
  wanted_s    INTEGER NOT NULL, -- last found to matter (storage/watch.h)
  looked_up_s INTEGER NOT NULL, -- last answer, of whatever kind; 0 never
  due_s       INTEGER, -- to be asked again then; NULL: it no longer matters
  failures    INTEGER NOT NULL, -- questions one behind the other that had no answer
  trouble     TEXT -- why the last question had no answer; NULL: it had one
) WITHOUT ROWID;
CREATE INDEX dns_name_due ON dns_name (due_s) WHERE due_s IS NOT NULL;

CREATE TABLE dns_record (
  name    TEXT NOT NULL REFERENCES dns_name,
  first_s INTEGER NOT NULL, -- seen so first
  last_s  INTEGER NOT NULL, -- and last
  text    TEXT NOT NULL, -- its records in order of their bytes, a line each; '' where there are none. Of a domain itself only
                         -- those that begin with v=spf: the others are nobody's business here
  PRIMARY KEY (name, first_s)
) WITHOUT ROWID;

CREATE TABLE alert ( -- what each rule found of each thing that it watches; told once per change and outlet
  id      INTEGER PRIMARY KEY,
  rule    TEXT NOT NULL, -- "source-quiet", ... (doc/alerts.md); "digest": the last one
  subject TEXT NOT NULL, -- what it is about, in the words of people
  seen    TEXT NOT NULL, -- what the rule compares with the next time: a policy, a place; '' where it needs nothing
  firing  INTEGER NOT NULL, -- 1: so it is; 0: it was, or is only known
  since_s INTEGER NOT NULL, -- of this state
  change  INTEGER NOT NULL UNIQUE, -- number of this change among all changes
  heard   INTEGER NOT NULL, -- bits of enum outlet (schema/notice.h) that were last told that it fires
  title   TEXT NOT NULL, -- what is told; so is the rest
  text    TEXT NOT NULL,
  path    TEXT NOT NULL,
  UNIQUE (rule, subject)
);
CREATE INDEX alert_live ON alert (change) WHERE firing <> 0 OR heard <> 0; -- all others are at rest

-- Who may see and do what (UX 9).
CREATE TABLE access_grant ( -- what lets somebody in: kept by its hash, gone once it is revoked (schema/access.h)
  id        INTEGER PRIMARY KEY AUTOINCREMENT,
  kind      INTEGER NOT NULL, -- enum grant_kind
  hash      BLOB NOT NULL UNIQUE, -- SHA-256 of the secret
  name      TEXT NOT NULL, -- of a session: who; else what it is for
  role      INTEGER NOT NULL, -- enum access_role
  writes    INTEGER NOT NULL, -- 1: may change what its role may
  trees     TEXT NOT NULL, -- of a viewer: domains, a line each
  sources   TEXT NOT NULL, -- of a viewer: names of sources, a line each; '': all
  maker     TEXT NOT NULL, -- who made it
  link      INTEGER NOT NULL, -- of a session: the link that it came by; 0 none
  made_s    INTEGER NOT NULL,
  expires_s INTEGER NOT NULL,
  used_s    INTEGER NOT NULL -- last; 0 never
);
CREATE INDEX access_grant_kind ON access_grant (kind, id);
CREATE INDEX access_grant_link ON access_grant (link) WHERE link <> 0;

CREATE TABLE audit ( -- who changed what, and who signed in; the oldest lines go (limits.h)
  id     INTEGER PRIMARY KEY AUTOINCREMENT,
  at_s   INTEGER NOT NULL,
  who    TEXT NOT NULL, -- '': nobody, or it is not known
  what   TEXT NOT NULL, -- in a few words
  detail TEXT NOT NULL
);

-- What people write down (schema/journal.h). Days as everywhere; who: as typed, or who was signed in.
CREATE TABLE note ( -- what changed, and when
  id      INTEGER PRIMARY KEY AUTOINCREMENT,
  version INTEGER NOT NULL, -- grows with each change: two people cannot overwrite each other
  day     INTEGER NOT NULL, -- that it is about
  end_day INTEGER NOT NULL, -- the last of several; else the same
  text    TEXT NOT NULL,
  domain  TEXT NOT NULL, -- that it is about, with all below; '': all
  source  TEXT NOT NULL, -- name of the source that it is about; '': all
  who     TEXT NOT NULL,
  made_s  INTEGER NOT NULL
);
CREATE INDEX note_day ON note (day);

CREATE TABLE confirmation ( -- what a person says is so, for no report can tell
  id        INTEGER PRIMARY KEY AUTOINCREMENT,
  domain    TEXT NOT NULL,
  step      INTEGER NOT NULL, -- enum step that it is asked for
  check_id  TEXT NOT NULL, -- of that step
  text      TEXT NOT NULL, -- the sentence that was confirmed
  who       TEXT NOT NULL, -- the name that was typed under it
  made_s    INTEGER NOT NULL,
  expires_s INTEGER NOT NULL
);

CREATE TABLE blocker ( -- what keeps a domain from its next step
  id        INTEGER PRIMARY KEY AUTOINCREMENT,
  version   INTEGER NOT NULL, -- as in note
  key       TEXT NOT NULL, -- of one that ruad found and a person took up: "source:NAME"; '': made by hand
  domain    TEXT NOT NULL,
  text      TEXT NOT NULL, -- what it is
  owner     TEXT NOT NULL,
  state     INTEGER NOT NULL, -- enum blocker_state
  state_day INTEGER NOT NULL, -- since when
  reason    TEXT NOT NULL, -- of an accepted one
  until_day INTEGER NOT NULL, -- the last day that it is accepted for; 0: for ever
  note      TEXT NOT NULL,
  source    TEXT NOT NULL, -- name of the source whose failing mail it is about; ''
  who       TEXT NOT NULL,
  made_s    INTEGER NOT NULL
);
CREATE UNIQUE INDEX blocker_key ON blocker (domain, key) WHERE key <> '';
