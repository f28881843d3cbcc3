-- migrate_0002_columns: reports and refusals name their bytes, which move to the raw file; a script
ALTER TABLE report ADD COLUMN raw BLOB;
ALTER TABLE reject ADD COLUMN raw BLOB;
CREATE INDEX report_name ON report (report_id COLLATE NOCASE);
CREATE INDEX report_raw ON report (raw) WHERE raw IS NOT NULL;
CREATE INDEX reject_raw ON reject (raw) WHERE raw IS NOT NULL;
CREATE TABLE address_name (
  address     INTEGER PRIMARY KEY REFERENCES address,
  name        TEXT,
  asn         INTEGER,
  looked_up_s INTEGER NOT NULL
);

-- migrate_0002_reject: the first above id ?1
SELECT id, received_s, bytes FROM reject WHERE id > ?1 ORDER BY id LIMIT 1

-- migrate_0002_moved: id, raw
UPDATE reject SET raw = ?2 WHERE id = ?1

-- migrate_0002_end: all bytes are moved; a script
ALTER TABLE reject DROP COLUMN bytes;
