/* relabel: see relabel.h. */
#include "daemon/relabel.h"

#include "base/log.h"
#include "schema/limits.h"

static void add_source(struct buf *out, struct slice name, enum source_kind kind)
{
	if (name.ptr == NULL) {
		buf_add_text(out, "no rule");
		return;
	}
	buf_add_slice(out, name);
	buf_addf(out, " (%s)", source_kind_name(kind));
}

void relabel_text(struct buf *out, const struct moves *moves)
{
	for (size_t i = 0; i < moves->n; i++) {
		const struct move *m = &moves->item[i];

		buf_addf(out, "%12lld  ", (long long)m->messages);
		add_source(out, m->from, m->from_kind);
		buf_add_text(out, " -> ");
		add_source(out, m->to, m->to_kind);
		buf_add_char(out, '\n');
	}
	if (moves->n == 0)
		buf_add_text(out, "Nothing would move.\n");
	else
		buf_addf(out, "%lld message%s in %lld row%s would move.\n", (long long)moves->messages,
			 moves->messages == 1 ? "" : "s", (long long)moves->rows, moves->rows == 1 ? "" : "s");
}

static const char *label_of(enum verdict v)
{
	return v < VERDICTS ? verdict_label(v) : "a verdict of another version";
}

static void add_verdict_move(struct buf *out, const struct verdict_move *m)
{
	buf_addf(out, "%lld message%s in %lld row%s: %s -> %s (rule %.*s -> %.*s)", (long long)m->messages, m->messages == 1 ? "" : "s",
		 (long long)m->rows, m->rows == 1 ? "" : "s", label_of(m->from), label_of(m->to), (int)m->from_rule.len, m->from_rule.ptr,
		 (int)m->to_rule.len, m->to_rule.ptr);
}

void relabel_verdicts_text(struct buf *out, const struct verdict_moves *moves)
{
	if (moves->lost)
		buf_add_text(out, "Another version of ruad judged before: which verdicts changed is not known.\n");
	for (size_t i = 0; i < moves->n; i++) {
		add_verdict_move(out, &moves->item[i]);
		buf_add_char(out, '\n');
	}
}

void relabel_log_verdicts(const struct verdict_moves *moves)
{
	struct buf line;

	if (moves->lost)
		log_line("verdicts: another version of ruad judged before: which verdicts changed is not known");
	if (moves->known && moves->n == 0)
		log_line("verdicts: rules were applied to all history: no verdict changed");
	buf_init(&line, LIMIT_FRAME_BYTES);
	for (size_t i = 0; i < moves->n; i++) {
		buf_clear(&line);
		add_verdict_move(&line, &moves->item[i]);
		log_line("verdicts: %.*s", (int)line.len, line.data);
	}
	buf_release(&line);
}

static int ask(const struct command *c, struct reader *r, struct moves *out, struct err *err)
{
	struct store_state state;
	struct source_rules rules;
	struct filter all = { 0 };

	if (query_state(r, &state, err) != 0)
		return -1;
	query_period(&state, SLICE("all"), &all.first_day, &all.last_day);
	rules = command_rules(c, state.demo);
	return query_relabel(r, c->arena, &all, &rules, out, err);
}

int relabel_print(const struct command *c)
{
	struct moves moves;
	struct reader *r;
	struct buf out;
	struct err err;
	int rc;

	if (reader_open(c->config.database.path, c->suffixes, &r, &err) != 0)
		return command_fail(&err);
	rc = ask(c, r, &moves, &err);
	reader_close(r);
	if (rc != 0)
		return command_fail(&err);
	buf_init(&out, LIMIT_RESPONSE_BYTES);
	relabel_text(&out, &moves);
	rc = command_print(buf_slice(&out));
	buf_release(&out);
	return rc == 0 ? EXIT_DONE : EXIT_SYSTEM;
}
