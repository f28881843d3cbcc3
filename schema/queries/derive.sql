-- profile_meanings: of profiles above id ?1
SELECT p.id, p.domain, c.source, c.split, c.stated, c.flags, c.facts FROM profile p JOIN profile_class c ON c.profile = p.id
WHERE p.id > ?1 ORDER BY p.id

-- address_sources: matched addresses above id ?1
SELECT address, source FROM address_source WHERE address > ?1 ORDER BY address

-- address_last: the highest id
SELECT coalesce(max(id), 0) FROM address

-- policies: above id ?1
SELECT id, p, sp, np, pct, testing, adkim, aspf FROM policy WHERE id > ?1 ORDER BY id

-- sources: the rules above number ?1
SELECT id, name, kind, owner, hint, software FROM source WHERE id > ?1 ORDER BY id

-- segments: of the days from ?1 to before ?2, shifted
SELECT segment, last_report, bytes FROM day_rows WHERE segment >= ?1 AND segment < ?2 ORDER BY segment

-- segment_set: segment, last_report, bytes
INSERT INTO day_rows (segment, last_report, bytes) VALUES (?1, ?2, ?3)
ON CONFLICT (segment) DO UPDATE SET last_report = excluded.last_report, bytes = excluded.bytes

-- segments_delete: of the days from ?1 to before ?2, shifted
DELETE FROM day_rows WHERE segment >= ?1 AND segment < ?2

-- cell_get: id
SELECT cells FROM cell WHERE id = ?1

-- cells_between: ids ?1 to ?2
SELECT id, cells FROM cell WHERE id BETWEEN ?1 AND ?2 ORDER BY id

-- cell_set: id, cells
INSERT INTO cell (id, cells) VALUES (?1, ?2) ON CONFLICT (id) DO UPDATE SET cells = excluded.cells

-- cell_delete: id
DELETE FROM cell WHERE id = ?1

-- cell_next: the first id above ?1
SELECT min(id) FROM cell WHERE id > ?1

-- month_ids_get: month
SELECT profiles, addresses FROM month_ids WHERE month = ?1

-- month_ids_set: month, profiles, addresses
INSERT INTO month_ids (month, profiles, addresses) VALUES (?1, ?2, ?3)
ON CONFLICT (month) DO UPDATE SET profiles = excluded.profiles, addresses = excluded.addresses

-- month_ids_delete: month
DELETE FROM month_ids WHERE month = ?1

-- months: that have rows, from ?1 to ?2
SELECT month, profiles, addresses FROM month_ids WHERE month BETWEEN ?1 AND ?2 ORDER BY month

-- months_newest: the same, backwards
SELECT month, profiles, addresses FROM month_ids WHERE month BETWEEN ?1 AND ?2 ORDER BY month DESC

-- report_day_next: the first day above ?1 that has a report
SELECT min(day) FROM report WHERE day > ?1

-- report_day_last: the last day that has a report
SELECT max(day) FROM report

-- month_without_cells: the first month up to ?1 that has no cell ?2 + month
SELECT min(month) FROM month_ids WHERE month <= ?1 AND NOT EXISTS (SELECT 1 FROM cell WHERE id = ?2 + month)

-- cells_delete: ids ?1 to ?2
DELETE FROM cell WHERE id BETWEEN ?1 AND ?2

-- reports_of_day: day; what is packed of each
SELECT id, reporter, domain, policy, begin_s, end_s FROM report WHERE day = ?1 ORDER BY id

-- facts_of_report: report
SELECT address, profile, messages FROM fact WHERE report = ?1 ORDER BY address, profile

-- profiles_facts: what classes are derived from; scan: a rebuild looks at all
SELECT id, header_from, envelope_from, disposition, dkim, spf, adkim, aspf FROM profile ORDER BY id

-- profile_reasons_of: profile
SELECT type, comment FROM profile_reason WHERE profile = ?1 ORDER BY ord

-- profile_class_get: profile
SELECT split, disposition, passes, flags, stated, facts, source FROM profile_class WHERE profile = ?1

-- report_count: of all reports; scan: verify counts them
SELECT count(*) FROM report
