-- begin: takes the write lock at once
BEGIN IMMEDIATE

-- commit: durable when it returns (synchronous=FULL)
COMMIT

-- rollback: forgets the open transaction
ROLLBACK

-- meta_get: key
SELECT value FROM meta WHERE key = ?1

-- meta_set: key, value
INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value

-- domain_find: name
SELECT id FROM domain WHERE name = ?1

-- domain_add: name
INSERT INTO domain (name) VALUES (?1) RETURNING id

-- reporter_find: name
SELECT id FROM reporter WHERE name = ?1

-- reporter_add: name
INSERT INTO reporter (name) VALUES (?1) RETURNING id

-- policy_find: key
SELECT id FROM policy WHERE key = ?1

-- policy_add: key, p, sp, np, pct, testing, adkim, aspf, fo, discovery_method
INSERT INTO policy (key, p, sp, np, pct, testing, adkim, aspf, fo, discovery_method)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) RETURNING id

-- address_find: bytes, written
SELECT id FROM address WHERE bytes = ?1 AND written = ?2

-- address_add: bytes, written
INSERT INTO address (bytes, written) VALUES (?1, ?2) RETURNING id

-- profile_find: key
SELECT id FROM profile WHERE key = ?1

-- profile_add: key, domain, header_from, envelope_from, envelope_to, disposition, dkim, spf, adkim, aspf
INSERT INTO profile (key, domain, header_from, envelope_from, envelope_to, disposition, dkim, spf, adkim, aspf)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) RETURNING id

-- profile_reason_add: profile, ord, type, comment
INSERT INTO profile_reason (profile, ord, type, comment) VALUES (?1, ?2, ?3, ?4)

-- profile_auth_add: profile, kind, ord, domain, selector, scope, result, human_result
INSERT INTO profile_auth (profile, kind, ord, domain, selector, scope, result, human_result)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)

-- profile_class_add: profile, split, disposition, passes, flags, stated, facts, source
INSERT INTO profile_class (profile, split, disposition, passes, flags, stated, facts, source)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)

-- address_source_add: address, source
INSERT INTO address_source (address, source) VALUES (?1, ?2)

-- report_find: key
SELECT id, content, complete FROM report WHERE key = ?1 ORDER BY id

-- report_add: all columns in order, from key; the id last, NULL for a new one
INSERT INTO report (id, key, content, reporter, domain, policy, day, begin_s, end_s, received_s, complete, twin, row_count,
                    messages, report_id, email, extra_contact_info, version, namespace, generator, file, member, raw, bytes)
VALUES (?23, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?24)
RETURNING id

-- report_same: all columns in order from key to generator, id; whether they are what is stored
SELECT 1 FROM report
WHERE id = ?20 AND key = ?1 AND content = ?2 AND reporter = ?3 AND domain = ?4 AND policy = ?5 AND day = ?6
  AND begin_s IS ?7 AND end_s IS ?8 AND received_s = ?9 AND complete = ?10 AND twin = ?11 AND row_count = ?12
  AND messages = ?13 AND report_id IS ?14 AND email IS ?15 AND extra_contact_info IS ?16 AND version IS ?17
  AND namespace IS ?18 AND generator IS ?19

-- report_splits: report; what class each of its facts has
SELECT c.split, f.messages FROM fact f JOIN profile_class c ON c.profile = f.profile WHERE f.report = ?1

-- report_notes: report
SELECT kind, text FROM report_note WHERE report = ?1 ORDER BY kind, ord

-- reports_of_raw: raw; the reports that were read from these bytes
SELECT r.id, r.day, r.received_s, r.complete, r.twin, r.row_count, r.key, r.content, n.name, r.report_id, r.member
FROM report r JOIN reporter n ON n.id = r.reporter WHERE r.raw = ?1 ORDER BY r.id

-- report_raw_next: the first key behind ?1 that a report names, and the name of the file
SELECT raw, file FROM report WHERE raw > ?1 ORDER BY raw LIMIT 1

-- report_note_add: report, kind, ord, text
INSERT INTO report_note (report, kind, ord, text) VALUES (?1, ?2, ?3, ?4)

-- fact_add: report, address, profile, messages
INSERT INTO fact (report, address, profile, messages) VALUES (?1, ?2, ?3, ?4)

-- report_day: report
SELECT day FROM report WHERE id = ?1

-- report_delete: report
DELETE FROM report WHERE id = ?1

-- report_facts_delete: report
DELETE FROM fact WHERE report = ?1

-- report_notes_delete: report
DELETE FROM report_note WHERE report = ?1

-- reject_add: key, received_s, file, member, code, line, detail, raw
INSERT INTO reject (key, received_s, file, member, code, line, detail, raw) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
ON CONFLICT (key) DO NOTHING RETURNING id

-- mailbox_find: place
SELECT id, validity, done, settled FROM mailbox WHERE place = ?1

-- mailbox_add: place
INSERT INTO mailbox (place, validity, done, settled) VALUES (?1, 0, 0, 0) RETURNING id

-- mailbox_set: id, validity, done, settled
UPDATE mailbox SET validity = ?2, done = ?3, settled = ?4 WHERE id = ?1

-- mail_add: mailbox, place, received_s, bytes, outcome, raw, sender, subject, report, fresh, known, others
INSERT INTO mail (mailbox, place, received_s, bytes, outcome, raw, sender, subject, report, fresh, known, others)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
ON CONFLICT (mailbox, place) DO UPDATE SET bytes = excluded.bytes, outcome = excluded.outcome, raw = excluded.raw,
  sender = excluded.sender, subject = excluded.subject, report = excluded.report, fresh = excluded.fresh,
  known = excluded.known, others = excluded.others

-- mail_find: mailbox, place
SELECT id FROM mail WHERE mailbox = ?1 AND place = ?2

-- source_clear: before the rules of the configuration are written anew
DELETE FROM source

-- source_add: id, name, kind, owner, hint, software
INSERT INTO source (id, name, kind, owner, hint, software) VALUES (?1, ?2, ?3, ?4, ?5, ?6)

-- verdict_rules: as last applied, in order
SELECT id, needs, lacks, verdict FROM verdict_rule WHERE place > 0 ORDER BY place

-- verdict_rule_clear: before the table is written anew
DELETE FROM verdict_rule

-- verdict_rule_add: place, id, needs, lacks, verdict
INSERT INTO verdict_rule (place, id, needs, lacks, verdict) VALUES (?1, ?2, ?3, ?4, ?5)

-- address_source_clear: before all addresses are matched anew
DELETE FROM address_source

-- address_source_set: address, source; a look-up named it anew
INSERT INTO address_source (address, source) VALUES (?1, ?2)
ON CONFLICT (address) DO UPDATE SET source = excluded.source

-- address_source_delete: address
DELETE FROM address_source WHERE address = ?1

-- address_source_of: address
SELECT source FROM address_source WHERE address = ?1

-- address_name_get: address
SELECT name, asn, country, looked_up_s, failures FROM address_name WHERE address = ?1

-- address_name_set: address, name, asn, country, looked_up_s, due_s, failures
INSERT INTO address_name (address, name, asn, country, looked_up_s, due_s, failures) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
ON CONFLICT (address) DO UPDATE SET name = excluded.name, asn = excluded.asn, country = excluded.country,
  looked_up_s = excluded.looked_up_s, due_s = excluded.due_s, failures = excluded.failures

-- addresses_backwards: ids above ?1 and up to ?2, at most ?3; whether they were ever looked up
SELECT a.id, a.bytes, n.address IS NOT NULL FROM address a LEFT JOIN address_name n ON n.address = a.id
WHERE a.id > ?1 AND a.id <= ?2 ORDER BY a.id DESC LIMIT ?3

-- addresses_due: by ?1, at most ?2
SELECT a.id, a.bytes FROM address_name n INDEXED BY address_name_due CROSS JOIN address a ON a.id = n.address
WHERE n.due_s <= ?1 ORDER BY n.due_s LIMIT ?2

-- addresses_due_all: look-ups are set otherwise than before; scan: all that were looked up
UPDATE address_name SET due_s = 0 WHERE due_s <> 0

-- dns_name_want: name, now
INSERT INTO dns_name (name, wanted_s, looked_up_s, due_s, failures) VALUES (?1, ?2, 0, ?2, 0)
ON CONFLICT (name) DO UPDATE SET wanted_s = excluded.wanted_s, due_s = coalesce(due_s, excluded.due_s)

-- dns_names_let_go: last wanted before ?1; those that are asked for still
UPDATE dns_name SET due_s = NULL WHERE wanted_s < ?1 AND due_s IS NOT NULL

-- dns_names_due: by ?1, at most ?2
SELECT name FROM dns_name INDEXED BY dns_name_due WHERE due_s <= ?1 ORDER BY due_s LIMIT ?2

-- dns_name_get: name
SELECT looked_up_s, failures, trouble FROM dns_name WHERE name = ?1

-- dns_name_set: name, looked_up_s, due_s, failures, trouble; one that no longer matters stays so
UPDATE dns_name SET looked_up_s = ?2, due_s = iif(due_s IS NULL, NULL, ?3), failures = ?4, trouble = ?5 WHERE name = ?1

-- dns_record_last: name; the value it has
SELECT first_s, text FROM dns_record WHERE name = ?1 ORDER BY first_s DESC LIMIT 1

-- dns_record_seen: name, first_s, last_s
UPDATE dns_record SET last_s = ?3 WHERE name = ?1 AND first_s = ?2

-- dns_record_add: name, first_s, text
INSERT INTO dns_record (name, first_s, last_s, text) VALUES (?1, ?2, ?2, ?3)
ON CONFLICT (name, first_s) DO UPDATE SET last_s = excluded.last_s, text = excluded.text

-- dns_record_forget: name, how many of its values stay; the newest
DELETE FROM dns_record WHERE name = ?1 AND first_s < (
  SELECT first_s FROM dns_record WHERE name = ?1 ORDER BY first_s DESC LIMIT 1 OFFSET ?2)

-- report_first: the lowest id of a report of day ?1 or later
SELECT min(id) FROM report INDEXED BY report_day WHERE day >= ?1

-- reports_after: id ?1, at most ?2; the domain of the policy of each
SELECT r.id, r.day, n.name FROM report r CROSS JOIN domain n ON n.id = r.domain WHERE r.id > ?1 ORDER BY r.id LIMIT ?2

-- profiles_after: id ?1, at most ?2; the From domain of each
SELECT p.id, n.name FROM profile p CROSS JOIN domain n ON n.id = p.domain WHERE p.id > ?1 ORDER BY p.id LIMIT ?2

-- profile_signers: profile; d= and s= of its signatures
SELECT domain, selector FROM profile_auth WHERE profile = ?1 AND kind = 0 AND selector IS NOT NULL

-- addresses_known: every address and what look-ups found of it; scan: a rule change looks at all of them
SELECT a.id, a.bytes, n.name, n.asn FROM address a LEFT JOIN address_name n ON n.address = a.id

-- profiles_envelope: what a rule looks at; scan: a rule change looks at all of them
SELECT id, envelope_from, header_from FROM profile

-- profile_auth_of: profile; every result
SELECT kind, domain, result, scope FROM profile_auth WHERE profile = ?1

-- profile_source_set: profile, source
UPDATE profile_class SET source = ?2 WHERE profile = ?1

-- tls_report_add: key, organization_name, contact_info, report_id, start, end, received_s, file, member
INSERT INTO tls_report (key, organization_name, contact_info, report_id, start_datetime, end_datetime, received_s, file,
                        member)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (key) DO NOTHING RETURNING id

-- tls_policy_add: report, ord, policy_type, policy_domain, mx_host, policy_string, successful, failed
INSERT INTO tls_policy (report, ord, policy_type, policy_domain, mx_host, policy_string, successful, failed)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)

-- tls_failure_add: report, policy, ord, the seven texts, failed
INSERT INTO tls_failure (report, policy, ord, result_type, sending_mta_ip, receiving_mx_hostname, receiving_mx_helo,
                         receiving_ip, additional_information, failure_reason_code, failed)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)

-- failure_report_add: key, the thirteen fields, received_s, file, member
INSERT INTO failure_report (key, feedback_type, auth_failure, reported_domain, source_ip, delivery_result,
                            identity_alignment, authentication_results, dkim_domain, dkim_selector, spf_dns,
                            original_mail_from, arrival_date, incidents, received_s, file, member)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)
ON CONFLICT (key) DO NOTHING RETURNING id

-- reject_next: the first kept refusal above id ?1
SELECT id, file, member, raw FROM reject WHERE id > ?1 ORDER BY id LIMIT 1

-- reject_delete: id; what it refused was read after all
DELETE FROM reject WHERE id = ?1

-- reject_update: id, code, line, detail; refused again, perhaps for another reason
UPDATE reject SET code = ?2, line = ?3, detail = ?4 WHERE id = ?1

-- reports_to_prune: day
SELECT id, row_count FROM report WHERE day = ?1

-- reports_before: how many, of days before ?1
SELECT count(*) FROM report WHERE day < ?1

-- rejects_older: received before ?1, at most ?2; scan: pruning looks at all refusals, oldest first
SELECT id FROM reject WHERE received_s < ?1 ORDER BY id LIMIT ?2

-- tls_reports_older: received before ?1, at most ?2; scan: pruning looks at all of them, oldest first
SELECT id FROM tls_report WHERE received_s < ?1 ORDER BY id LIMIT ?2

-- tls_failures_delete: report
DELETE FROM tls_failure WHERE report = ?1

-- tls_policies_delete: report
DELETE FROM tls_policy WHERE report = ?1

-- tls_report_delete: id
DELETE FROM tls_report WHERE id = ?1

-- failure_reports_older: received before ?1, at most ?2; scan: pruning looks at all of them, oldest first
SELECT id FROM failure_report WHERE received_s < ?1 ORDER BY id LIMIT ?2

-- failure_report_delete: id
DELETE FROM failure_report WHERE id = ?1

-- raw_named: key; 0 for each report of day ?2 or later that names it, 1 for each refusal received at ?3 or later
SELECT 0 FROM report WHERE raw = ?1 AND day >= ?2
UNION ALL SELECT 1 FROM reject WHERE raw = ?1 AND received_s >= ?3

-- alert_last_change: the highest number of a change
SELECT max(change) FROM alert

-- alert_add: rule, subject, seen, firing, since_s, change, heard, title, text, path
INSERT INTO alert (rule, subject, seen, firing, since_s, change, heard, title, text, path)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)

-- alert_set: rule, subject, seen, firing, since_s, change, heard, title, text, path
UPDATE alert SET seen = ?3, firing = ?4, since_s = ?5, change = ?6, heard = ?7, title = ?8, text = ?9, path = ?10
WHERE rule = ?1 AND subject = ?2

-- alert_heard: id, outlets, change; they were told of that change, by which it fired, and of none since by which it does
UPDATE alert SET heard = heard | ?2 WHERE id = ?1 AND (change = ?3 OR firing = 0)

-- alert_heard_over: id, outlets; they were told that it does not
UPDATE alert SET heard = heard & ~?2 WHERE id = ?1

-- grant_add: kind, hash, name, role, writes, trees, sources, maker, link, made_s, expires_s
INSERT INTO access_grant (kind, hash, name, role, writes, trees, sources, maker, link, made_s, expires_s, used_s)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 0) RETURNING id

-- grant_is_there: id, kind
SELECT id FROM access_grant WHERE id = ?1 AND kind = ?2

-- grant_delete: id, kind
DELETE FROM access_grant WHERE id = ?1 AND kind = ?2 RETURNING id

-- grants_delete_of_link: sessions that came by the link ?1
DELETE FROM access_grant WHERE link = ?1 AND link <> 0

-- grants_delete_expired: of the kind ?1, before ?2
DELETE FROM access_grant WHERE kind = ?1 AND expires_s < ?2

-- grants_delete_older_of_one: of the kind ?1 that have the name ?2 and the link ?3, all but the newest ?4
DELETE FROM access_grant WHERE id IN (
  SELECT id FROM access_grant WHERE kind = ?1 AND name = ?2 AND link = ?3 ORDER BY id DESC LIMIT -1 OFFSET ?4)

-- grants_delete_older: of the kind ?1 all but the newest ?2
DELETE FROM access_grant WHERE id IN (SELECT id FROM access_grant WHERE kind = ?1 ORDER BY id DESC LIMIT -1 OFFSET ?2)

-- grant_used: id, used_s
UPDATE access_grant SET used_s = ?2 WHERE id = ?1 AND used_s < ?2

-- audit_add: at_s, who, what, detail
INSERT INTO audit (at_s, who, what, detail) VALUES (?1, ?2, ?3, ?4) RETURNING id

-- audit_delete: up to id ?1
DELETE FROM audit WHERE id <= ?1

-- report_bytes: id; what it was read from
SELECT raw, file, content FROM report WHERE id = ?1

-- reject_bytes: id
SELECT raw, file, member FROM reject WHERE id = ?1

-- mail_bytes: id
SELECT raw, place FROM mail WHERE id = ?1

-- note_add: version, day, end_day, text, domain, source, who, made_s
INSERT INTO note (version, day, end_day, text, domain, source, who, made_s) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) RETURNING id

-- note_change: id, version; where it is of that version, or ?2 is 0
UPDATE note SET version = version + 1, day = ?3, end_day = ?4, text = ?5, domain = ?6, source = ?7, who = ?8
WHERE id = ?1 AND (?2 = 0 OR version = ?2) RETURNING id

-- note_delete: id, version; likewise
DELETE FROM note WHERE id = ?1 AND (?2 = 0 OR version = ?2) RETURNING id

-- note_is_there: id
SELECT id FROM note WHERE id = ?1

-- note_count: scan: as many as a person wrote
SELECT count(*) FROM note

-- confirmation_add: domain, step, check_id, text, who, made_s, expires_s
INSERT INTO confirmation (domain, step, check_id, text, who, made_s, expires_s) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) RETURNING id

-- confirmation_delete: id
DELETE FROM confirmation WHERE id = ?1 RETURNING id

-- confirmation_count: scan: as many as a person gave
SELECT count(*) FROM confirmation

-- blocker_add: version, key, domain, text, owner, state, state_day, reason, until_day, note, source, who, made_s; nothing where somebody
-- else took up the one of that key
INSERT INTO blocker (version, key, domain, text, owner, state, state_day, reason, until_day, note, source, who, made_s)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
ON CONFLICT (domain, key) WHERE key <> '' DO NOTHING RETURNING id

-- blocker_change: id, version; where it is of that version, or ?2 is 0
UPDATE blocker SET version = version + 1, domain = ?3, text = ?4, owner = ?5, state = ?6, state_day = ?7, reason = ?8, until_day = ?9,
  note = ?10, source = ?11, who = ?12
WHERE id = ?1 AND (?2 = 0 OR version = ?2) RETURNING id

-- blocker_delete: id, version; likewise
DELETE FROM blocker WHERE id = ?1 AND (?2 = 0 OR version = ?2) RETURNING id

-- blocker_is_there: id
SELECT id FROM blocker WHERE id = ?1

-- blocker_count: scan: as many as a person named
SELECT count(*) FROM blocker
