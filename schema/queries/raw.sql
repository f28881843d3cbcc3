-- raw_begin: takes the write lock of the raw file at once; the database's is held already
BEGIN IMMEDIATE

-- raw_commit: durable when it returns
COMMIT

-- raw_rollback: forgets the open transaction
ROLLBACK

-- raw_find: key
SELECT 1 FROM raw WHERE key = ?1

-- raw_add: key, received_s, size, packed, bytes
INSERT INTO raw (key, received_s, size, packed, bytes) VALUES (?1, ?2, ?3, ?4, ?5)

-- raw_get: key
SELECT size, packed, bytes FROM raw WHERE key = ?1

-- raw_delete: key
DELETE FROM raw WHERE key = ?1

-- raw_older: at most ?4 behind (received_s ?1, key ?2) that came before ?3, oldest first
SELECT received_s, key FROM raw WHERE (received_s, key) > (?1, ?2) AND received_s < ?3
ORDER BY received_s, key LIMIT ?4
