-- read_begin: one consistent reading
BEGIN

-- read_end: of it
COMMIT

-- state: generation, reports, rejects, last taken in, demo, what labels are of; scan: a count over a small b-tree
SELECT coalesce((SELECT value FROM meta WHERE key = 'generation'), 0),
       coalesce((SELECT value FROM meta WHERE key = 'reports'), 0),
       (SELECT count(*) FROM reject), (SELECT received_s FROM report ORDER BY id DESC LIMIT 1),
       coalesce((SELECT value FROM meta WHERE key = 'demo'), 0),
       coalesce((SELECT value FROM meta WHERE key = 'rules'), '') ||
       coalesce('.' || (SELECT value FROM meta WHERE key = 'labels'), '')

-- first_day: with data
SELECT min(day) FROM report

-- last_day: with data, not after ?1
SELECT max(day) FROM report WHERE day <= ?1

-- domains_from: names above id ?1, in order of id
SELECT id, name FROM domain WHERE id > ?1 ORDER BY id

-- reporters_from: above id ?1
SELECT id, name FROM reporter WHERE id > ?1 ORDER BY id

-- profiles_from: above id ?1
SELECT p.id, p.domain, p.header_from, p.envelope_from, p.envelope_to, p.disposition, p.dkim, p.spf,
       c.split, c.disposition, c.passes, c.flags
FROM profile p JOIN profile_class c ON c.profile = p.id WHERE p.id > ?1 ORDER BY p.id

-- profile_reasons_from: of profiles above id ?1
SELECT profile, type, comment FROM profile_reason WHERE profile > ?1 ORDER BY profile, ord

-- profile_auths_from: of profiles above id ?1
SELECT profile, kind, domain, selector, scope, result, human_result FROM profile_auth WHERE profile > ?1
ORDER BY profile, kind, ord

-- addresses_between: ids of addresses in a network: ?1 to ?2
SELECT id FROM address WHERE bytes BETWEEN ?1 AND ?2

-- addresses_from: above id ?1, in order of id
SELECT id, bytes FROM address WHERE id > ?1 ORDER BY id

-- addresses_written: what stands where an address should be
SELECT id, written FROM address WHERE bytes = x''

-- address_get: id
SELECT bytes, written FROM address WHERE id = ?1

-- report_get: id; what a row shows of its report
SELECT report_id, begin_s, end_s FROM report WHERE id = ?1

-- reports_named: report ids from ?1 to before ?2, and their days
SELECT id, day FROM report WHERE report_id >= ?1 COLLATE NOCASE AND report_id < ?2 COLLATE NOCASE

-- reports_named_first: the first ?3 report ids from ?1 to before ?2, with their days
SELECT id, day, report_id FROM report WHERE report_id >= ?1 COLLATE NOCASE AND report_id < ?2 COLLATE NOCASE LIMIT ?3

-- reports_newest: of days ?1 to ?2 behind report ?4 of day ?3, backwards
SELECT id, day, reporter, domain, policy, begin_s, end_s, received_s, complete, twin, row_count, messages, report_id, file,
       raw IS NOT NULL, generator, namespace, coalesce(bytes, -1)
FROM report INDEXED BY report_day WHERE day BETWEEN ?1 AND ?2 AND (day < ?3 OR id < ?4) ORDER BY day DESC, id DESC

-- report_line: id
SELECT id, day, reporter, domain, policy, begin_s, end_s, received_s, complete, twin, row_count, messages, report_id, file,
       raw IS NOT NULL, generator, namespace, coalesce(bytes, -1)
FROM report WHERE id = ?1

-- report_rest: id; what only its own page shows
SELECT r.email, r.extra_contact_info, r.version, r.namespace, r.member, p.p, p.sp, p.np, p.testing, p.adkim, p.aspf, p.fo,
       p.discovery_method, coalesce(p.pct, -1)
FROM report r JOIN policy p ON p.id = r.policy WHERE r.id = ?1

-- reports_beside: id; of days ?2 to ?3, by the same reporter about the same domain, at a time that overlaps
SELECT o.id, o.day, o.begin_s, o.end_s, o.report_id, o.key = r.key FROM report r CROSS JOIN report o INDEXED BY report_day
WHERE r.id = ?1 AND o.day BETWEEN ?2 AND ?3 AND o.reporter = r.reporter AND o.domain = r.domain AND o.id <> r.id AND
      (o.key = r.key OR (o.begin_s < r.end_s AND o.end_s > r.begin_s)) ORDER BY o.day, o.id

-- rejects_newest: below id ?1, backwards
SELECT id, received_s, line, file, member, code, detail, raw IS NOT NULL FROM reject WHERE id < ?1 ORDER BY id DESC

-- mails_newest: below id ?1, backwards
SELECT m.id, m.received_s, m.bytes, b.place, m.place, m.sender, m.subject, m.outcome, m.raw, coalesce(m.report, 0),
       coalesce(m.fresh, -1), coalesce(m.known, -1), coalesce(m.others, -1)
FROM mail m CROSS JOIN mailbox b ON b.id = m.mailbox WHERE m.id < ?1 ORDER BY m.id DESC

-- mails_of_outcome: below id ?1, of outcome ?2, backwards
SELECT m.id, m.received_s, m.bytes, b.place, m.place, m.sender, m.subject, m.outcome, m.raw, coalesce(m.report, 0),
       coalesce(m.fresh, -1), coalesce(m.known, -1), coalesce(m.others, -1)
FROM mail m INDEXED BY mail_outcome CROSS JOIN mailbox b ON b.id = m.mailbox WHERE m.id < ?1 AND m.outcome = ?2
ORDER BY m.id DESC

-- mail_line: id
SELECT m.id, m.received_s, m.bytes, b.place, m.place, m.sender, m.subject, m.outcome, m.raw, coalesce(m.report, 0),
       coalesce(m.fresh, -1), coalesce(m.known, -1), coalesce(m.others, -1)
FROM mail m CROSS JOIN mailbox b ON b.id = m.mailbox WHERE m.id = ?1

-- rejects_newest_and_mails: below id ?1, backwards; and whether a mail brought it
SELECT r.id, r.received_s, r.file, r.raw, EXISTS (SELECT 1 FROM mail m INDEXED BY mail_raw WHERE m.raw = r.raw)
FROM reject r WHERE r.id < ?1 ORDER BY r.id DESC

-- reports_newest_and_mails: below id ?1, backwards, as they were taken in; and whether a mail brought it, or may have
SELECT r.id, r.received_s, r.file, r.raw, coalesce(r.bytes, -1),
       r.raw IS NULL OR EXISTS (SELECT 1 FROM mail m INDEXED BY mail_raw WHERE m.raw = r.raw)
FROM report r WHERE r.id < ?1 ORDER BY r.id DESC

-- reject_line: id
SELECT id, received_s, line, file, member, code, detail, raw IS NOT NULL FROM reject WHERE id = ?1

-- rejects_of_raw: raw
SELECT id, received_s, line, file, member, code, detail, 1 FROM reject WHERE raw = ?1 ORDER BY id

-- reject_raw_of: id
SELECT raw FROM reject WHERE id = ?1

-- reports_read_from: raw
SELECT r.id, r.day, r.report_id, r.reporter, (SELECT count(*) FROM report_note n WHERE n.report = r.id AND n.kind = 1)
FROM report r WHERE r.raw = ?1 ORDER BY r.id

-- reject_oldest: above id ?1: when the first that is kept came
SELECT received_s FROM reject WHERE id > ?1 ORDER BY id LIMIT 1

-- mail_last: below id ?1: when the last mail came
SELECT received_s FROM mail WHERE id < ?1 ORDER BY id DESC LIMIT 1

-- dns_name_state: name
SELECT looked_up_s, trouble FROM dns_name WHERE name = ?1

-- dns_domains: those whose DMARC and SPF records are asked for
SELECT n.name FROM dns_name d CROSS JOIN dns_name n ON n.name = substr(d.name, 8)
WHERE d.name >= '_dmarc.' AND d.name < '_dmarc/' AND d.due_s IS NOT NULL AND n.due_s IS NOT NULL ORDER BY d.name

-- dns_values: name, backwards, at most ?2
SELECT first_s, last_s, text FROM dns_record WHERE name = ?1 ORDER BY first_s DESC LIMIT ?2

-- report_delays: of days ?1 to ?2, the last behind; and with what they were written
SELECT reporter, received_s, end_s, generator, namespace FROM report INDEXED BY report_day WHERE day BETWEEN ?1 AND ?2
ORDER BY day, id

-- segments_newest: shifted days from ?1 to ?2, backwards
SELECT segment, last_report, bytes FROM day_rows WHERE segment BETWEEN ?1 AND ?2 ORDER BY segment DESC

-- last_report: the newest id
SELECT coalesce(max(id), 0) FROM report

-- alert_find: rule, subject
SELECT id, rule, subject, seen, firing, since_s, change, heard, title, text, path FROM alert WHERE rule = ?1 AND subject = ?2

-- alerts_live: firing, or not yet told to be over; of changes above ?1
SELECT id, rule, subject, seen, firing, since_s, change, heard, title, text, path FROM alert INDEXED BY alert_live
WHERE (firing <> 0 OR heard <> 0) AND change > ?1 ORDER BY change

-- mailboxes: all there are; scan: as many as are configured, or were
SELECT id, place FROM mailbox ORDER BY place

-- mailbox_last: mailbox, outcome; when a mail with another outcome last came
SELECT received_s FROM mail WHERE mailbox = ?1 AND outcome <> ?2 ORDER BY received_s DESC LIMIT 1

-- mailbox_mails: mailbox, outcome; received at ?3 or later: how many, and how many with that outcome
SELECT count(*), coalesce(sum(outcome = ?2), 0) FROM mail WHERE mailbox = ?1 AND received_s >= ?3

-- grant_find: hash
SELECT id, kind, hash, name, role, writes, trees, sources, maker, link, made_s, expires_s, used_s FROM access_grant
WHERE hash = ?1

-- grants_newest: of a kind, below id ?2, backwards
SELECT id, kind, hash, name, role, writes, trees, sources, maker, link, made_s, expires_s, used_s FROM access_grant
WHERE kind = ?1 AND id < ?2 ORDER BY id DESC

-- audit_newest: below id ?1, backwards
SELECT id, at_s, who, what, detail FROM audit WHERE id < ?1 ORDER BY id DESC

-- tls_policies: of reports that begin from ?1 to before ?2 as written, the last first, at most ?3
SELECT r.id, r.organization_name, r.start_datetime, p.ord, p.policy_type, p.policy_domain, p.mx_host, p.successful, p.failed
FROM tls_report r INDEXED BY tls_report_start CROSS JOIN tls_policy p ON p.report = r.id
WHERE r.start_datetime >= ?1 AND r.start_datetime < ?2 ORDER BY r.start_datetime DESC LIMIT ?3

-- tls_failures: report, policy
SELECT result_type, receiving_mx_hostname, receiving_ip, sending_mta_ip, failure_reason_code, additional_information, failed
FROM tls_failure WHERE report = ?1 AND policy = ?2 ORDER BY ord

-- tls_any: whether there is one
SELECT id FROM tls_report WHERE id > 0 LIMIT 1

-- notes_of_days: that are about any day from ?1 to ?2, the last day first
SELECT id, version, day, end_day, text, domain, source, who, made_s FROM note
WHERE day <= ?2 AND end_day >= ?1 ORDER BY day DESC, id DESC

-- note_find: id
SELECT id, version, day, end_day, text, domain, source, who, made_s FROM note WHERE id = ?1

-- confirmations_newest: below id ?1, backwards
SELECT id, domain, step, check_id, text, who, made_s, expires_s FROM confirmation WHERE id < ?1 ORDER BY id DESC

-- blockers_newest: below id ?1, backwards
SELECT id, version, key, domain, text, owner, state, state_day, reason, until_day, note, source, who, made_s FROM blocker
WHERE id < ?1 ORDER BY id DESC
