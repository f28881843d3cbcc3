/* command_lint: `ruad lint DOMAIN`: its DMARC, SPF and DKIM records, checked. What look-ups in the background found is in the
 * database; what is not there is asked of DNS, for a verb may wait where a page may not. Neighbours: schema/lint_domain.h. */
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "daemon/command.h"
#include "daemon/dns.h"
#include "web/domain_records.h"
#include "web/format.h"
#include "web/print.h"

#include <stdio.h>
#include <time.h>

enum {
	ASK_MS = 10 * 1000,      /* one name: two servers, twice each */
	ASK_ALL_MS = 60 * 1000,  /* after that no other name is asked for */
	SELECTORS = 100,         /* whose keys are looked at */
	PER_SECOND = 1000,
	SAID_BYTES = 4 * 1024 * 1024,
};

struct known { /* a name that was asked for already */
	struct slice name;
	struct lint_answer answer;
	struct known *next;
};
struct looking {
	struct command *command;
	struct reader *reader; /* NULL: there is no database */
	bool fresh, may_ask;
	struct dns *dns;       /* once something had to be asked */
	int64_t until_ms;
	struct known *known;
	struct lint_answer *waiting; /* what the question under way fills */
	int64_t oldest_s;      /* of the look-ups that the database gave; 0: none */
	size_t asked;
	struct err err;        /* of the database or of DNS as a whole */
};

/* --- asking DNS --- */

static void on_address(void *ctx, uint32_t number, const struct address_found *found)
{
}

static void on_name(void *ctx, uint32_t number, const struct name_found *found)
{
	struct looking *l = ctx;
	struct buf lines;

	if (l->waiting == NULL)
		return;
	if (!lookup_is_answer(found->result)) {
		*l->waiting = (struct lint_answer){ .state = LINT_NO_ANSWER, .trouble = slice_of(lookup_sentence(found->result)) };
		l->waiting = NULL;
		return;
	}
	buf_init(&lines, LIMIT_DNS_RECORDS * (LIMIT_DNS_RECORD_BYTES + 1));
	for (size_t i = 0; i < found->n; i++) {
		buf_add_slice(&lines, found->text[i]);
		buf_add_char(&lines, '\n');
	}
	*l->waiting = (struct lint_answer){ .state = LINT_KNOWN, .lines = text_copy(l->command->arena, buf_slice(&lines)) };
	l->waiting = NULL;
	buf_release(&lines);
}

static int ask_dns(struct looking *l, struct slice name, struct lint_answer *out)
{
	const struct dns_sink sink = { on_address, on_name, l };
	const struct config *c = &l->command->config;
	int64_t until = clock_ms() + ASK_MS, left;
	struct pollfd fds[DNS_FDS];

	if (l->dns == NULL && dns_open(c->dns.servers, PER_SECOND, &sink, &l->dns, &l->err) != 0)
		return -1;
	if (l->until_ms == 0)
		l->until_ms = clock_ms() + ASK_ALL_MS;
	*out = (struct lint_answer){ .state = LINT_NOT_ASKED };
	if (clock_ms() > l->until_ms)
		return 0;
	*out = (struct lint_answer){ .state = LINT_NO_ANSWER, .trouble = slice_of(lookup_sentence(LOOKUP_TIMEOUT)) };
	l->asked++;
	l->waiting = out;
	if (dns_want_name(l->dns, 0, name) != 0)
		l->waiting = NULL;
	while (l->waiting != NULL && (left = until - clock_ms()) > 0) {
		int timeout_ms = (int)left, n = dns_poll(l->dns, fds, &timeout_ms);

		poll(fds, (nfds_t)n, timeout_ms);
		dns_turn(l->dns, fds, n);
	}
	l->waiting = NULL;
	return 0;
}

/* --- what is known --- */

static bool ask_database(struct looking *l, struct slice name, struct lint_answer *out)
{
	struct dns_line line;

	if (l->reader == NULL || l->fresh || query_dns_record(l->reader, l->command->arena, name, &line, &l->err) != 0 ||
	    line.value.text.ptr == NULL || line.trouble.ptr != NULL)
		return false;
	*out = (struct lint_answer){ .state = LINT_KNOWN, .lines = line.value.text };
	if (l->oldest_s == 0 || line.looked_up_s < l->oldest_s)
		l->oldest_s = line.looked_up_s;
	return true;
}

static void on_text(void *ctx, struct arena *a, struct slice name, struct lint_answer *out)
{
	struct looking *l = ctx;
	struct known *k;

	for (k = l->known; k != NULL; k = k->next)
		if (slice_eq(k->name, name)) {
			*out = k->answer;
			return;
		}
	k = arena_alloc(a, sizeof *k);
	*k = (struct known){ text_copy(a, name), { .state = LINT_NOT_ASKED }, l->known };
	l->known = k;
	if (!ask_database(l, name, &k->answer) && l->may_ask && l->err.kind == ERR_NONE)
		ask_dns(l, name, &k->answer);
	*out = k->answer;
}

/* --- whose keys --- */

static size_t add_key(struct looking *l, struct slice *keys, size_t n, struct slice selector, struct slice domain)
{
	struct arena *a = l->command->arena;
	struct slice name = lint_below(a, domain_normal(a, selector), lint_below(a, SLICE("_domainkey"), domain));

	for (size_t i = 0; i < n; i++)
		if (slice_eq(keys[i], name))
			return n;
	if (n < SELECTORS && domain_is_name(name))
		keys[n++] = name;
	return n;
}

/* Those of the domain's organisation that rows under the filter name. */
static int add_named(struct looking *l, const struct filter *filter, struct slice domain, struct slice *keys, size_t *n)
{
	const struct suffixes *list = l->command->suffixes;
	struct slice signer, ours = domain_organisational(list, domain);
	struct groups groups;

	if (query_groups(l->reader, l->command->arena, filter, BY_SIGNATURE, 0, &groups, &l->err) != 0)
		return -1;
	for (size_t i = 0; i < groups.n; i++) {
		signer = domain_normal(l->command->arena, groups.item[i].domain);
		if (signer.len > 0 && groups.item[i].selector.len > 0 && slice_eq(domain_organisational(list, signer), ours))
			*n = add_key(l, keys, *n, groups.item[i].selector, signer);
	}
	return 0;
}

/* Those that reports of the last 90 days name: of the domain itself, and, as on its page, of whoever signs its mail. */
static int add_seen(struct looking *l, struct slice domain, struct slice *keys, size_t *n)
{
	struct filter signs = { .dkim_domain = { &domain, 1, false } }, sends = { .under = { &domain, 1, false } };
	struct store_state state;

	if (query_state(l->reader, &state, &l->err) != 0)
		return -1;
	if (state.first_day > state.last_day || !query_period(&state, SLICE("90d"), &signs.first_day, &signs.last_day))
		return 0;
	sends.first_day = signs.first_day;
	sends.last_day = signs.last_day;
	return add_named(l, &signs, domain, keys, n) == 0 ? add_named(l, &sends, domain, keys, n) : -1;
}

/* --- saying it --- */

static void say(struct buf *out, const char *before, struct slice text, const char *behind)
{
	buf_add_text(out, before);
	log_inert(out, text);
	buf_add_text(out, behind);
}

static void say_dmarc(struct arena *a, struct buf *out, const struct domain_records *d)
{
	buf_add_text(out, "DMARC\n");
	if (d->dmarc.text.ptr != NULL) {
		say(out, "  _dmarc.", d->dmarc_at, slice_eq(d->dmarc_at, d->domain) ? "\n" : ", which it inherits\n");
		say(out, "  ", d->dmarc.text, "\n");
		for (size_t i = 0; i < d->dmarc.tags; i++) {
			say(out, "    ", d->dmarc.tag[i].text, "\n");
			buf_addf(out, "      %s\n", d->dmarc.tag[i].says);
		}
	} else {
		buf_addf(out, "  %s\n", d->dmarc_answer.state == LINT_KNOWN ? "no record" : "not known");
	}
	buf_addf(out, "  Receivers on RFC 7489 find: %s\n", dmarc_policy_words(a, &d->old));
	buf_addf(out, "  Receivers on RFC 9989 find: %s\n\n", dmarc_policy_words(a, &d->new));
}

static void say_spf(struct arena *a, struct buf *out, const struct domain_records *d)
{
	if (d->spf.n == 0) {
		buf_add_text(out, "SPF\n  not known\n\n");
		return;
	}
	buf_addf(out, "SPF: %s\n", domain_records_lookups(a, &d->spf));
	for (size_t i = 0; i < d->spf.n; i++) {
		const struct spf_record *r = &d->spf.record[i];

		buf_addf(out, "%*s", 2 + 2 * (int)r->depth, "");
		say(out, "", r->name, ": ");
		if (r->found == SPF_FOUND)
			say(out, "", r->text, "\n");
		else
			buf_addf(out, "%s\n", spf_found_words(r->found));
	}
	buf_add_char(out, '\n');
}

static void say_keys(struct arena *a, struct buf *out, const struct domain_records *d)
{
	buf_add_text(out, "DKIM\n");
	if (d->keys == 0)
		buf_add_text(out, "  no selector is known: keys cannot be listed; name one with --selector\n");
	for (size_t i = 0; i < d->keys; i++) {
		const struct dkim_key *k = &d->key[i].key;

		say(out, "  ", d->key[i].name, ": ");
		buf_addf(out, "%s%s%s\n", dkim_state_words(k->state), k->bits > 0 ? ", " : "", dkim_key_words(a, k));
	}
	buf_add_char(out, '\n');
}

static void say_finding(struct buf *out, const struct lint_finding *f)
{
	buf_addf(out, "%-8s", lint_severity_name(f->severity));
	say(out, "", f->name, "");
	if (f->len > 0)
		say(out, ": ", (struct slice){ f->record.ptr + f->at, f->len }, "");
	say(out, "\n        ", slice_of(f->why), "\n");
	say(out, "        ", slice_of(f->fix), "\n");
}

static void say_counts(struct arena *a, struct buf *out, const struct looking *l, const struct domain_records *d)
{
	const size_t *n = d->lint.count;

	buf_addf(out, "%zu %s, %zu %s, %zu %s", n[LINT_ERROR], n[LINT_ERROR] == 1 ? "error" : "errors", n[LINT_WARNING],
		 n[LINT_WARNING] == 1 ? "warning" : "warnings", n[LINT_NOTE], n[LINT_NOTE] == 1 ? "note" : "notes");
	if (d->lint.left_out > 0)
		buf_addf(out, " (%zu of them not shown)", d->lint.left_out);
	if (l->oldest_s > 0)
		buf_addf(out, "; looked up %s or later", format_time(a, l->oldest_s));
	buf_add_char(out, '\n');
}

static int print_text(struct looking *l, const struct domain_records *d)
{
	struct arena *a = l->command->arena;
	struct buf out;
	int rc;

	buf_init(&out, SAID_BYTES);
	say(&out, "", d->domain, "\n\n");
	say_dmarc(a, &out, d);
	say_spf(a, &out, d);
	say_keys(a, &out, d);
	for (int severity = LINT_ERROR; severity >= LINT_NOTE; severity--)
		for (size_t i = 0; i < d->lint.n; i++)
			if ((int)d->lint.item[i].severity == severity)
				say_finding(&out, &d->lint.item[i]);
	if (d->lint.n > 0)
		buf_add_char(&out, '\n');
	say_counts(a, &out, l, d);
	rc = command_print(buf_slice(&out));
	buf_release(&out);
	return rc;
}

static int print_json(struct looking *l, const struct domain_records *d)
{
	struct arena *a = l->command->arena;
	struct view view = { .envelope = view_object(a), .data = view_object(a) };
	struct print print;
	struct err err;
	struct buf out;
	int rc;

	view_put_text(a, view.envelope, "domain", d->domain);
	view_put_text(a, view.envelope, "generated_at", slice_of(format_rfc3339(a, (int64_t)time(NULL))));
	view_put_text(a, view.envelope, "looked_up_since", slice_of(l->oldest_s > 0 ? format_rfc3339(a, l->oldest_s) : NULL));
	domain_records_put(a, view.data, d);
	buf_init(&out, SAID_BYTES);
	print_init(&print, PRINT_JSON, &view);
	while ((rc = print_more(&print, &out, SAID_BYTES, &err)) == 1)
		;
	print_release(&print);
	rc = rc == 0 && command_print(buf_slice(&out)) == 0 ? 0 : -1;
	buf_release(&out);
	return rc;
}

/* --- the verb --- */

static int look(struct looking *l, struct slice domain, struct slice *keys, size_t n, bool json)
{
	const struct lint_dns dns = { on_text, l };
	struct domain_records d;

	if (l->reader != NULL && add_seen(l, domain, keys, &n) != 0)
		return command_fail(&l->err);
	lint_domain(l->command->arena, &dns, l->command->suffixes, domain, keys, n, &d);
	if (l->err.kind != ERR_NONE)
		return command_fail(&l->err);
	if ((json ? print_json(l, &d) : print_text(l, &d)) != 0)
		return EXIT_SYSTEM;
	return d.lint.count[LINT_ERROR] + d.lint.count[LINT_WARNING] > 0 ? EXIT_PARTLY : EXIT_DONE;
}

/* A database that is not there, or of another version, is no reason to say nothing. */
static void open_database(struct looking *l)
{
	const char *path = l->command->config.database.path;
	struct err err;
	bool demo;

	if (reader_is_possible(path, &demo, &err) != 1 || reader_open(path, l->command->suffixes, &l->reader, &err) != 0)
		return;
	l->may_ask = l->may_ask && !demo; /* its names are invented */
}

int command_lint(struct command *c)
{
	static const struct option options[] = { { "format", required_argument, NULL, 'f' },
						 { "selector", required_argument, NULL, 's' },
						 { "fresh", no_argument, NULL, 'n' },
						 { 0 } };
	struct looking l = { .command = c, .may_ask = c->config.dns.lookups };
	struct slice *keys = arena_array(c->arena, SELECTORS, sizeof *keys), *selectors = arena_array(c->arena, SELECTORS, sizeof *keys), domain;
	size_t n = 0, named = 0;
	bool json = false;
	int option, rc;

	while ((option = command_option(c, options)) == 'f' || option == 's' || option == 'n') {
		if (option == 'f' && command_format(c, optarg, &json) != 0)
			return EXIT_USE;
		if (option == 's' && named < SELECTORS)
			selectors[named++] = slice_of(optarg);
		l.fresh = l.fresh || option == 'n';
	}
	if (option != -1)
		return EXIT_USE;
	domain = optind + 1 == c->argc ? domain_normal(c->arena, slice_of(c->argv[optind])) : (struct slice){ 0 };
	if (domain.ptr == NULL || !domain_is_name(domain)) {
		log_line("lint: name one domain, such as univ.example");
		return EXIT_USE;
	}
	for (size_t i = 0; i < named; i++)
		n = add_key(&l, keys, n, selectors[i], domain);
	open_database(&l);
	rc = look(&l, domain, keys, n, json);
	dns_close(l.dns);
	reader_close(l.reader);
	return rc;
}
