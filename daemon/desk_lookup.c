/* desk_lookup: see desk_lookup.h. New addresses are found by walking ids downwards, range by range: an import of a million does
 * not have to be remembered, and what came last is asked for first. */
#include "daemon/desk_lookup.h"

#include "base/text.h"
#include "storage/watch.h"

#include <stdlib.h>

enum { RANGES = 16, ASKED_LEAST = 64 };

struct asked { /* a slot: free, or what was asked and not yet answered */
	uint32_t number; /* the slot's place is this, modulo LIMIT_LOOKUPS */
	bool is_used, is_sent;
	struct address_due address;
	char *name; /* NULL: the address */
};

struct range { /* of ids that were not yet looked at: above `above`, up to `to` */
	int64_t above, to;
};

struct desk_lookup {
	const struct config *config;
	struct store *store;
	struct watch *watch;
	struct asked asked[LIMIT_LOOKUPS];
	size_t n, names, most;       /* asked; of them names; how many there may be */
	uint32_t number;             /* the last given */
	struct range range[RANGES];  /* the newest last */
	int ranges;
	int64_t last_address;        /* all above it are in no range */
	struct address_due *due;     /* scratch, of 2 * LIMIT_LOOKUPS */
	struct slice *names_due;     /* likewise */
	struct arena scratch;        /* of one turn */
};

/* --- open and close --- */

bool desk_lookup_is_wanted(const struct config *config)
{
	return config->dns.lookups || config->dns.asn_file != NULL || config->dns.country_file != NULL;
}

static const char *or_none(const char *path)
{
	return path != NULL ? path : "-";
}

static int remember_settings(struct desk_lookup *d, struct err *err)
{
	const char *how = arena_printf(&d->scratch, "%s\n%s\n%s", d->config->dns.lookups ? "dns" : "-",
				       or_none(d->config->dns.asn_file), or_none(d->config->dns.country_file));
	int rc = store_lookups_set(d->store, slice_of(how), err);

	arena_clear(&d->scratch);
	return rc;
}

int desk_lookup_open(const struct config *config, struct store *s, struct desk_lookup **out, struct err *err)
{
	struct desk_lookup *d = calloc(1, sizeof *d);
	int64_t most = config->dns.per_second * 2; /* two seconds' work */

	if (d == NULL)
		return err_errno(err, "look-up");
	d->config = config;
	d->store = s;
	d->most = most < ASKED_LEAST ? ASKED_LEAST : most > LIMIT_LOOKUPS ? LIMIT_LOOKUPS : (size_t)most;
	d->due = calloc(2 * LIMIT_LOOKUPS, sizeof *d->due);
	d->names_due = calloc(2 * LIMIT_LOOKUPS, sizeof *d->names_due);
	d->watch = watch_new(config->domains.own, config->domains.own_count);
	if (d->due == NULL || d->names_due == NULL || d->watch == NULL) {
		desk_lookup_close(d);
		return err_errno(err, "look-up");
	}
	if (remember_settings(d, err) != 0) {
		desk_lookup_close(d);
		return -1;
	}
	*out = d;
	return 0;
}

static void answered(struct desk_lookup *d, struct asked *a)
{
	d->n--;
	d->names -= a->name != NULL;
	free(a->name);
	*a = (struct asked){ 0 };
}

void desk_lookup_close(struct desk_lookup *d)
{
	if (d == NULL)
		return;
	for (size_t i = 0; i < LIMIT_LOOKUPS; i++)
		free(d->asked[i].name);
	watch_free(d->watch);
	arena_release(&d->scratch);
	free(d->due);
	free(d->names_due);
	free(d);
}

/* --- asking --- */

void desk_lookup_connected(struct desk_lookup *d)
{
	for (size_t i = 0; i < LIMIT_LOOKUPS; i++)
		d->asked[i].is_sent = false;
}

static void send_unsent(struct desk_lookup *d, struct channel *c)
{
	for (size_t i = 0; d->n > 0 && i < LIMIT_LOOKUPS; i++) {
		struct asked *a = &d->asked[i];
		struct slice addr = { (const char *)a->address.addr, sizeof a->address.addr };

		if (a->is_used && !a->is_sent)
			a->is_sent = channel_put(c, a->name != NULL ? FRAME_WANT_NAME : FRAME_WANT_ADDRESS, a->number,
						 a->name != NULL ? slice_of(a->name) : addr, (struct slice){ 0 }) == 0;
	}
}

static struct asked *free_slot(struct desk_lookup *d)
{
	struct asked *a;

	do {
		a = &d->asked[++d->number % LIMIT_LOOKUPS];
	} while (a->is_used);
	*a = (struct asked){ .number = d->number, .is_used = true };
	d->n++;
	return a;
}

static bool is_asked_name(const struct desk_lookup *d, struct slice name)
{
	for (size_t i = 0; i < LIMIT_LOOKUPS; i++)
		if (d->asked[i].name != NULL && slice_is(name, d->asked[i].name))
			return true;
	return false;
}

static bool is_asked_address(const struct desk_lookup *d, int64_t id)
{
	for (size_t i = 0; i < LIMIT_LOOKUPS; i++)
		if (d->asked[i].is_used && d->asked[i].name == NULL && d->asked[i].address.id == id)
			return true;
	return false;
}

/* At most half of what may be asked, so that neither names nor addresses wait for the others to end. */
static int ask_names(struct desk_lookup *d, int64_t now_s, struct err *err)
{
	size_t n, most = d->most / 2;

	if (d->names >= most || d->n >= d->most)
		return 0;
	if (store_names_due(d->store, &d->scratch, now_s, d->names_due, d->names + most, &n, err) != 0)
		return -1;
	for (size_t i = 0; i < n && d->names < most && d->n < d->most; i++) {
		char *copy;

		if (is_asked_name(d, d->names_due[i]))
			continue;
		if ((copy = strndup(d->names_due[i].ptr, d->names_due[i].len)) == NULL)
			return err_errno(err, "look-up");
		free_slot(d)->name = copy;
		d->names++;
	}
	return 0;
}

/* Addresses that came since the last turn are a range of their own. Where there are too many ranges the oldest two become one,
 * with what was looked at between them: that is passed over, or asked for already. */
static int note_new(struct desk_lookup *d, struct err *err)
{
	struct range *last = d->ranges > 0 ? &d->range[d->ranges - 1] : NULL;
	int64_t highest;

	if (store_address_last(d->store, &highest, err) != 0)
		return -1;
	if (highest <= d->last_address)
		return 0;
	if (last != NULL && last->to == d->last_address) {
		last->to = highest;
	} else {
		if (d->ranges == RANGES) {
			d->range[0].to = d->range[1].to;
			memmove(&d->range[1], &d->range[2], (RANGES - 2) * sizeof *d->range);
			d->ranges--;
		}
		d->range[d->ranges++] = (struct range){ d->last_address, highest };
	}
	d->last_address = highest;
	return 0;
}

static void ask_addresses(struct desk_lookup *d, size_t n)
{
	for (size_t i = 0; i < n && d->n < d->most; i++)
		if (!is_asked_address(d, d->due[i].id))
			free_slot(d)->address = d->due[i];
}

/* One step, over a bounded number of ids. */
static int ask_new(struct desk_lookup *d, struct err *err)
{
	struct range *newest;
	size_t n;

	if (note_new(d, err) != 0)
		return -1;
	if (d->ranges == 0 || d->n >= d->most)
		return 0;
	newest = &d->range[d->ranges - 1];
	if (store_addresses_new(d->store, newest->above, &newest->to, d->due, d->most - d->n, &n, err) != 0)
		return -1;
	if (newest->to <= newest->above)
		d->ranges--;
	ask_addresses(d, n);
	return 0;
}

static int ask_due(struct desk_lookup *d, int64_t now_s, struct err *err)
{
	size_t n;

	if (d->n >= d->most)
		return 0;
	if (store_addresses_due(d->store, now_s, d->due, d->most, &n, err) != 0)
		return -1;
	ask_addresses(d, n);
	return 0;
}

static int ask(struct desk_lookup *d, int64_t now_s, struct err *err)
{
	if (d->config->dns.lookups &&
	    (watch_turn(d->watch, d->store, now_s, err) != 0 || ask_names(d, now_s, err) != 0))
		return -1;
	return ask_new(d, err) == 0 ? ask_due(d, now_s, err) : -1;
}

int desk_lookup_turn(struct desk_lookup *d, struct channel *c, int64_t now_s, struct err *err)
{
	int rc = ask(d, now_s, err);

	arena_clear(&d->scratch);
	if (rc == 0)
		send_unsent(d, c);
	return rc;
}

/* --- answers --- */

static struct asked *find(struct desk_lookup *d, uint32_t number)
{
	struct asked *a = &d->asked[number % LIMIT_LOOKUPS];

	return a->is_used && a->is_sent && a->number == number ? a : NULL;
}

static int take_address(struct desk_lookup *d, struct asked *a, struct slice body, int64_t now_s, struct err *err)
{
	struct address_found found;

	if (a->name != NULL || !address_found_decode(body, &found) ||
	    memcmp(found.addr, a->address.addr, sizeof found.addr) != 0)
		return 1;
	answered(d, a);
	return store_address_found(d->store, &found, now_s, err);
}

static int take_name(struct desk_lookup *d, struct asked *a, struct slice body, int64_t now_s, struct err *err)
{
	struct name_found found;

	if (a->name == NULL || !name_found_decode(body, &found) || !slice_is(found.name, a->name))
		return 1;
	answered(d, a);
	return store_name_found(d->store, &found, now_s, err) == 0 ? watch_found(d->watch, d->store, found.name, err) : -1;
}

int desk_lookup_take(struct desk_lookup *d, const struct frame *f, int64_t now_s, struct err *err)
{
	struct asked *a = find(d, f->message);

	if (a == NULL)
		return 1;
	if (f->kind == FRAME_ADDRESS)
		return take_address(d, a, f->body, now_s, err);
	return f->kind == FRAME_NAME ? take_name(d, a, f->body, now_s, err) : 1;
}
