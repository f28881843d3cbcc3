/* health: see health.h. */
#include "daemon/health.h"

#include "daemon/sandbox.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

static const char mailbox_prefix[] = "mail "; /* of a fetch role's name on the board */

static enum health_state state_of(enum board_state s)
{
	return s == BOARD_WELL     ? HEALTH_WELL
	       : s == BOARD_FAILED ? HEALTH_FAILED
	       : s == BOARD_STARTING ? HEALTH_STARTING
				     : HEALTH_WAITING;
}

static void name_part(struct arena *a, const char *name, struct health_part *part)
{
	static const struct {
		const char *on_board, *for_people;
		enum health_role role;
	} names[] = { { "store", "store", HEALTH_STORE },
		      { "lookup", "look-up", HEALTH_LOOKUP },
		      { "tell", "notices", HEALTH_NOTICES },
		      { "web", "pages", HEALTH_OTHER } };

	part->role = HEALTH_OTHER;
	part->name = part->own = slice_of(arena_printf(a, "%s", name));
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (strcmp(name, names[i].on_board) != 0)
			continue;
		part->role = names[i].role;
		part->name = part->own = slice_of(names[i].for_people);
	}
	if (strncmp(name, mailbox_prefix, strlen(mailbox_prefix)) == 0) {
		part->role = HEALTH_MAILBOX;
		part->own = slice_of(part->name.ptr + strlen(mailbox_prefix));
		part->name = slice_of(arena_printf(a, "mailbox %s", part->own.ptr));
	}
}

static void copy_counts(const struct board_line *line, struct health_part *part)
{
	static const enum board_count from[HEALTH_COUNTS] = {
		[HEALTH_MAILS] = BOARD_MAILS,
		[HEALTH_REFUSED] = BOARD_REFUSED,
		[HEALTH_REPORTS] = BOARD_REPORTS,
		[HEALTH_DUPLICATES] = BOARD_DUPLICATES,
		[HEALTH_TLS] = BOARD_TLS,
		[HEALTH_FAILURES] = BOARD_FAILURES,
		[HEALTH_COMMITS] = BOARD_COMMITS,
		[HEALTH_PARSER_DEATHS] = BOARD_PARSER_DEATHS,
		[HEALTH_BACKLOG] = BOARD_BACKLOG,
		[HEALTH_LAST_S] = BOARD_LAST_S,
		[HEALTH_CONTACT_S] = BOARD_CONTACT_S,
		[HEALTH_LOOKUPS] = BOARD_LOOKUPS,
		[HEALTH_LOOKUPS_FAILED] = BOARD_LOOKUPS_FAILED,
		[HEALTH_TOLD] = BOARD_TOLD,
		[HEALTH_TELLS_FAILED] = BOARD_TELLS_FAILED,
		[HEALTH_TOOK_MS] = BOARD_TOOK_MS,
	};

	for (int i = 0; i < HEALTH_TOOK; i++)
		part->count[i] = line->count[from[i]];
	for (int i = 0; i < MAIL_TOOK_BOUNDS; i++)
		part->count[HEALTH_TOOK + i] = line->count[BOARD_TOOK + i];
}

static const char *ago(struct arena *a, int64_t at_s)
{
	int64_t s = (int64_t)time(NULL) - at_s;

	return s < 120     ? arena_printf(a, "%" PRId64 " s ago", s > 0 ? s : 0)
	       : s < 7200  ? arena_printf(a, "%" PRId64 " min ago", s / 60)
	       : s < 172800 ? arena_printf(a, "%" PRId64 " h ago", s / 3600)
			    : arena_printf(a, "%" PRId64 " days ago", s / 86400);
}

static const char *mailbox_text(struct arena *a, const int64_t *n)
{
	const char *last = n[HEALTH_LAST_S] > 0 ? arena_printf(a, ", the last %s", ago(a, n[HEALTH_LAST_S])) : "";

	return arena_printf(a, "%" PRId64 " mails taken in since the start%s; %" PRId64 " wait", n[HEALTH_MAILS], last,
			    n[HEALTH_BACKLOG]);
}

/* How it goes, of a part that has nothing else to say. */
static const char *well_text(struct arena *a, const struct health_part *part)
{
	const int64_t *n = part->count;

	switch (part->role) {
	case HEALTH_STORE:
		return arena_printf(a, "%" PRId64 " mails taken in since the start, %" PRId64 " of them could not be read",
				    n[HEALTH_MAILS], n[HEALTH_REFUSED]);
	case HEALTH_MAILBOX:
		return mailbox_text(a, n);
	case HEALTH_LOOKUP:
		return arena_printf(a, "%" PRId64 " questions answered, %" PRId64 " not; %" PRId64 " wait", n[HEALTH_LOOKUPS],
				    n[HEALTH_LOOKUPS_FAILED], n[HEALTH_BACKLOG]);
	case HEALTH_NOTICES:
		return arena_printf(a, "%" PRId64 " sent, %" PRId64 " could not be sent", n[HEALTH_TOLD], n[HEALTH_TELLS_FAILED]);
	default:
		return "";
	}
}

static const char *text_of(struct arena *a, const struct board_line *line, const struct health_part *part)
{
	if (line->text[0] != '\0')
		return arena_printf(a, "%s", line->text);
	if (part->state == HEALTH_WELL)
		return well_text(a, part);
	return part->state == HEALTH_STARTING ? "" : "its process ended without a word: see what ruad has logged";
}

static struct health_part *new_part(struct health *h)
{
	struct health_part *part = &h->part[h->n++];

	*part = (struct health_part){ 0 };
	return part;
}

static void add_slot(struct arena *a, const struct board_line *line, int slot, struct health *h)
{
	struct health_part *part = new_part(h);

	/* Words that a killed process left half written are left out, and its name with them. */
	name_part(a, line->name[0] != '\0' ? line->name : arena_printf(a, "process %d", slot), part);
	part->state = state_of(line->state);
	part->is_process = true;
	part->is_up = line->pid > 0;
	part->starts = line->starts;
	part->since_s = line->since_s;
	copy_counts(line, part);
	part->text = slice_of(text_of(a, line, part));
}

static void add_parsers(struct arena *a, const struct board_line *store, struct health *h)
{
	unsigned level = (unsigned)store->count[BOARD_SANDBOX];
	int64_t deaths = store->count[BOARD_PARSER_DEATHS];
	struct health_part *part;

	if (store->count[BOARD_SANDBOX] <= 0 && sandbox_required != 0) /* none has said yet */
		return;
	part = new_part(h);
	part->name = part->own = SLICE("parsers");
	part->role = HEALTH_OTHER;
	part->state = (level & sandbox_required) == sandbox_required ? HEALTH_WELL : HEALTH_FAILED;
	part->text = slice_of(arena_printf(a, "sandbox: %s%s; %" PRId64 " died of a mail or took too long and were replaced",
					   sandbox_name(level),
					   part->state == HEALTH_FAILED ? ", which is less than this build demands" : "", deaths));
}

void health_of_board(const struct board *b, struct arena *a, struct health *out)
{
	struct board_line line;

	for (int slot = 0; slot < BOARD_SLOTS && out->n + 2 <= HEALTH_PARTS; slot++) {
		if (!board_read(b, slot, &line))
			continue;
		add_slot(a, &line, slot, out);
		if (out->part[out->n - 1].role == HEALTH_STORE)
			add_parsers(a, &line, out);
	}
}
