/* reader: see reader.h. Dimensions only grow, so a new generation costs just what is new; changed rules start afresh. */
#include "storage/reader.h"

#include "base/text.h"
#include "storage/label.h"
#include "storage/once.h"

#include <stdlib.h>
#include <time.h>

static int64_t last_id(size_t count)
{
	return count > 0 ? (int64_t)count - 1 : 0;
}

static struct statement *from(struct reader *r, enum sql name, size_t count)
{
	struct statement *s = db_statement(r->db, name);

	bind_int(s, 1, last_id(count));
	return s;
}

static int load_names(struct reader *r, enum sql name, struct slice **names, size_t *room, size_t *count,
		      struct err *err)
{
	struct statement *s = from(r, name, *count);
	int rc;

	while ((rc = statement_step(s, err)) == 1) {
		*names = array_room(*names, room, count, sizeof **names, (size_t)column_int(s, 0));
		(*names)[column_int(s, 0)] = text_copy(&r->memory, column_text(s, 1));
	}
	return rc;
}

static void read_profile(struct reader *r, struct statement *s, struct profile_dim *p)
{
	struct slice *const texts[] = { &p->header_from, &p->envelope_from, &p->envelope_to, &p->disposition, &p->dkim,
					&p->spf };
	int64_t passes = column_int(s, 10);

	p->domain = column_int(s, 1);
	for (int i = 0; i < 6; i++)
		*texts[i] = text_copy(&r->memory, column_text(s, 2 + i));
	p->verdict.split = (enum split)column_int(s, 8);
	p->verdict.trust = split_trust(p->verdict.split);
	p->verdict.disposition = (enum disposition)column_int(s, 9);
	p->verdict.dkim_pass = (passes & 1) != 0;
	p->verdict.spf_pass = (passes & 2) != 0;
	p->verdict.flags = (unsigned)column_int(s, 11);
}

static int load_reasons(struct reader *r, int64_t after, struct err *err)
{
	struct statement *s = db_statement(r->db, SQL_PROFILE_REASONS_FROM);
	struct reason **end = NULL;
	int64_t profile = -1;
	int rc;

	bind_int(s, 1, after);
	while ((rc = statement_step(s, err)) == 1) {
		if (column_int(s, 0) != profile) {
			profile = column_int(s, 0);
			end = &r->profiles[profile]->reasons;
		}
		*end = arena_alloc(&r->memory, sizeof **end);
		(*end)->type = text_copy(&r->memory, column_text(s, 1));
		(*end)->comment = text_copy(&r->memory, column_text(s, 2));
		end = &(*end)->next;
	}
	return rc;
}

static int load_auths(struct reader *r, int64_t after, struct err *err)
{
	struct statement *s = db_statement(r->db, SQL_PROFILE_AUTHS_FROM);
	struct auth **dkim = NULL, **spf = NULL;
	int64_t profile = -1;
	int rc;

	bind_int(s, 1, after);
	while ((rc = statement_step(s, err)) == 1) {
		struct auth ***end = column_int(s, 1) == 0 ? &dkim : &spf, *a;

		if (column_int(s, 0) != profile) {
			profile = column_int(s, 0);
			dkim = &r->profiles[profile]->dkim_auth;
			spf = &r->profiles[profile]->spf_auth;
		}
		a = **end = arena_alloc(&r->memory, sizeof *a);
		a->domain = text_copy(&r->memory, column_text(s, 2));
		a->selector = text_copy(&r->memory, column_text(s, 3));
		a->scope = text_copy(&r->memory, column_text(s, 4));
		a->result = text_copy(&r->memory, column_text(s, 5));
		a->human_result = text_copy(&r->memory, column_text(s, 6));
		*end = &a->next;
	}
	return rc;
}

static void settle_envelope(struct reader *r, struct profile_dim *p)
{
	p->envelope = domain_normal(&r->memory, p->envelope_from);
	for (const struct auth *spf = p->spf_auth; p->envelope.len == 0 && spf != NULL; spf = spf->next)
		p->envelope = domain_normal(&r->memory, spf->domain);
}

static int load_profiles(struct reader *r, struct err *err)
{
	int64_t after = last_id(r->profile_count);
	struct statement *s = from(r, SQL_PROFILES_FROM, r->profile_count);
	int rc;

	while ((rc = statement_step(s, err)) == 1) {
		int64_t id = column_int(s, 0);

		r->profiles = array_room(r->profiles, &r->profile_room, &r->profile_count, sizeof *r->profiles, (size_t)id);
		r->profiles[id] = arena_alloc(&r->memory, sizeof **r->profiles);
		read_profile(r, s, r->profiles[id]);
	}
	if (rc != 0 || load_reasons(r, after, err) != 0 || load_auths(r, after, err) != 0)
		return -1;
	for (size_t id = (size_t)after + 1; id < r->profile_count; id++)
		if (r->profiles[id] != NULL)
			settle_envelope(r, r->profiles[id]);
	return 0;
}

static int load_sources(struct reader *r, struct err *err)
{
	struct statement *s = from(r, SQL_SOURCES, r->source_count);
	int rc;

	while ((rc = statement_step(s, err)) == 1) {
		size_t id = (size_t)column_int(s, 0);

		r->sources = array_room(r->sources, &r->source_room, &r->source_count, sizeof *r->sources, id);
		r->sources[id] = (struct source_dim){ text_copy(&r->memory, column_text(s, 1)),
						      text_copy(&r->memory, column_text(s, 3)),
						      source_kind_in(s, 2), column_int(s, 4) != 0, list_software_in(s, 5) };
	}
	return rc;
}

static void forget_dimensions(struct reader *r)
{
	free(r->domains);
	free(r->reporters);
	free(r->profiles);
	free(r->sources);
	meaning_release(&r->meaning);
	networks_release(&r->networks);
	once_release(&r->once);
	arena_release(&r->memory);
	*r = (struct reader){ .db = r->db, .list = r->list, .generation = -1 };
}

static int load_dimensions(struct reader *r, int64_t generation, struct slice rules, struct err *err)
{
	if (!slice_eq(rules, r->rules)) {
		forget_dimensions(r);
		r->rules = text_copy(&r->memory, rules);
	}
	if (load_names(r, SQL_DOMAINS_FROM, &r->domains, &r->domain_room, &r->domain_count, err) != 0 ||
	    load_names(r, SQL_REPORTERS_FROM, &r->reporters, &r->reporter_room, &r->reporter_count, err) != 0 ||
	    load_profiles(r, err) != 0 || load_sources(r, err) != 0 || meaning_load(&r->meaning, r->db, err) != 0)
		return -1;
	r->generation = generation;
	return 0;
}

static int day_or(struct reader *r, enum sql name, int64_t bound, int64_t otherwise, int64_t *out, struct err *err)
{
	struct statement *s = db_statement(r->db, name);
	int rc;

	if (name == SQL_LAST_DAY)
		bind_int(s, 1, bound);
	if ((rc = statement_step(s, err)) < 0)
		return -1;
	*out = rc == 1 && !column_is_null(s, 0) ? column_int(s, 0) : otherwise;
	statement_reset(s);
	return 0;
}

static int read_state(struct reader *r, struct store_state *out, struct arena *a, struct slice *rules, struct err *err)
{
	struct statement *s = db_statement(r->db, SQL_STATE);
	struct slice text;

	if (statement_step(s, err) != 1)
		return -1;
	out->generation = column_int(s, 0);
	out->reports = column_int(s, 1);
	out->rejects = column_int(s, 2);
	out->last_taken_in = column_int(s, 3);
	out->demo = column_int(s, 4) != 0;
	text = column_text(s, 5);
	*rules = (struct slice){ arena_copy(a, text.ptr, text.len), text.len };
	statement_reset(s);
	if (day_or(r, SQL_FIRST_DAY, 0, 0, &out->first_day, err) != 0)
		return -1;
	return day_or(r, SQL_LAST_DAY, (int64_t)time(NULL) / 86400 + 1, -1, &out->last_day, err);
}

int reader_begin(struct reader *r, struct store_state *state, struct err *err)
{
	struct store_state now = { 0 };
	struct arena scratch = { 0 };
	struct slice rules;
	int rc = -1;

	if (statement_run(db_statement(r->db, SQL_READ_BEGIN), NULL, err) != 0)
		return -1;
	if (read_state(r, &now, &scratch, &rules, err) == 0)
		rc = now.generation == r->generation ? 0 : load_dimensions(r, now.generation, rules, err);
	arena_release(&scratch);
	if (rc != 0) {
		forget_dimensions(r);
		reader_end(r);
		return -1;
	}
	if (state != NULL)
		*state = now;
	return 0;
}

void reader_end(struct reader *r)
{
	statement_run(db_statement(r->db, SQL_READ_END), NULL, NULL);
}

int reader_is_possible(const char *path, bool *demo, struct err *err)
{
	return db_is_made(path, demo, err);
}

int reader_open(const char *path, const struct suffixes *list, struct reader **out, struct err *err)
{
	struct reader *r = calloc(1, sizeof *r);

	if (r == NULL)
		return err_errno(err, "%s", path);
	r->list = list;
	r->generation = -1;
	if (db_open(path, DB_READ, &r->db, err) != 0) {
		free(r);
		return -1;
	}
	*out = r;
	return 0;
}

void reader_close(struct reader *r)
{
	if (r == NULL)
		return;
	forget_dimensions(r);
	db_close(r->db);
	free(r);
}
