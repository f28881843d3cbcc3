-- read_begin: one consistent reading
BEGIN

-- read_end: of it
COMMIT

-- state: generation, reports, rejects, last taken in; scan: two counts over small b-trees
SELECT coalesce((SELECT value FROM meta WHERE key = 'generation'), 0), (SELECT count(*) FROM report),
       (SELECT count(*) FROM reject), (SELECT received_s FROM report ORDER BY id DESC LIMIT 1),
       coalesce((SELECT value FROM meta WHERE key = 'demo'), 0),
       coalesce((SELECT value FROM meta WHERE key = 'rules'), '')

-- first_day: with data
SELECT min(day) FROM report

-- last_day: with data, not after ?1
SELECT max(day) FROM report WHERE day <= ?1

-- domains_from: names above id ?1, in order of id
SELECT id, name FROM domain WHERE id > ?1 ORDER BY id

-- reporters_from: above id ?1
SELECT id, name FROM reporter WHERE id > ?1 ORDER BY id

-- policies_from: above id ?1
SELECT id, p, sp, np, pct, testing FROM policy WHERE id > ?1 ORDER BY id

-- profiles_from: above id ?1
SELECT p.id, p.domain, p.header_from, p.envelope_from, p.envelope_to, p.disposition, p.dkim, p.spf,
       c.split, c.disposition, c.passes, c.flags, c.source
FROM profile p JOIN profile_class c ON c.profile = p.id WHERE p.id > ?1 ORDER BY p.id

-- profile_reasons_from: of profiles above id ?1
SELECT profile, type, comment FROM profile_reason WHERE profile > ?1 ORDER BY profile, ord

-- profile_auths_from: of profiles above id ?1
SELECT profile, kind, domain, selector, scope, result, human_result FROM profile_auth WHERE profile > ?1
ORDER BY profile, kind, ord

-- sources: the rules; scan: as many lines as the configuration has
SELECT id, name, kind FROM source ORDER BY id

-- address_sources_from: matched addresses above id ?1
SELECT address, source FROM address_source WHERE address > ?1 ORDER BY address

-- addresses_between: ids of addresses in a network: ?1 to ?2
SELECT id FROM address WHERE bytes BETWEEN ?1 AND ?2

-- addresses_written: what stands where an address should be
SELECT id, written FROM address WHERE bytes = x''

-- address_get: id
SELECT bytes, written FROM address WHERE id = ?1

-- fragment row: one fact with its report; in_set keeps what a filter wants, NULL keeps all
SELECT r.id, r.day, r.reporter, r.domain, r.policy, r.begin_s, r.end_s, r.report_id, f.address, f.profile, f.messages
FROM report r INDEXED BY report_day CROSS JOIN fact f ON f.report = r.id

-- facts: days ?1 to ?2, reporters ?3, policy domains ?4, policies ?5, profiles ?6, addresses ?7
{row}
WHERE r.day BETWEEN ?1 AND ?2 AND in_set(?3, r.reporter) AND in_set(?4, r.domain) AND in_set(?5, r.policy)
  AND in_set(?6, f.profile) AND in_set(?7, f.address)

-- facts_newest: the same, newest first, from report ?9 of day ?8 on, nothing taken in after report ?10
{row}
WHERE r.day BETWEEN ?1 AND ?2 AND in_set(?3, r.reporter) AND in_set(?4, r.domain) AND in_set(?5, r.policy)
  AND in_set(?6, f.profile) AND in_set(?7, f.address)
  AND (r.day < ?8 OR r.id <= ?9) AND r.id <= ?10
ORDER BY r.day DESC, r.id DESC, f.address DESC, f.profile DESC

-- last_report: the newest id
SELECT coalesce(max(id), 0) FROM report

-- daily_domains: days ?1 to ?2 of domain ?3
SELECT day, full, dkim_only, spf_only, untrusted, quarantined, rejected, arc_rescued, rows
FROM daily_domain WHERE domain = ?3 AND day BETWEEN ?1 AND ?2

-- daily_reporters: days ?1 to ?2 of reporter ?3
SELECT day, full, dkim_only, spf_only, untrusted, quarantined, rejected, arc_rescued, rows
FROM daily_reporter WHERE reporter = ?3 AND day BETWEEN ?1 AND ?2
