-- The second database file, FILE.raw: what was sent, byte for byte. The facts name its rows by key (report.raw, reject.raw).
-- It is committed before them: a row that nothing names is left from a crash, or its report is gone, and prune sweeps it.
-- A key without a row means that the bytes are no longer kept.
CREATE TABLE raw (
  key        BLOB PRIMARY KEY NOT NULL, -- SHA-256 of the bytes, cut to 16: equal bytes are kept once
  received_s INTEGER NOT NULL, -- when they first came, Unix seconds
  size       INTEGER NOT NULL, -- of the bytes as they came
  packed     INTEGER NOT NULL, -- 1: zlib, 0: as they came, where packing gains nothing
  bytes      BLOB NOT NULL
);
CREATE INDEX raw_received ON raw (received_s, key);
