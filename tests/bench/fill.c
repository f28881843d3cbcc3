/* bench_fill: stores an invented university's reports (university.h) and tells how fast the store took them. Only the
 * store is timed: CPU seconds are those of storage/ingest.h's calls, not of making the reports. Neighbours: queries.c asks
 * what this has stored; tests/bench/run puts both into one table. */
#include "base/text.h"
#include "schema/limits.h"
#include "storage/ingest.h"
#include "tests/bench/university.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

static const char usage[] =
	"usage: bench_fill --db PATH [--rows N] [--days D] [--end YYYY-MM-DD] [--seed S] [--order day|random]\n"
	"                  [--step ROWS] [--truth FILE] [--rules base|network|signer]\n"
	"  --rows 0 (as without) only opens the store, which applies the rules: that is timed, too\n"
	"  --truth  adds a line of JSON: the totals by class of what was stored\n";

struct options {
	const char *db, *truth;
	struct university_plan plan;
	int64_t step_rows;
	enum university_rules rules;
};

struct filling {
	const struct options *options;
	struct store *store;
	struct university *university;
	int64_t rows, step_rows;  /* stored; when the last line was printed */
	double cpu_s, step_cpu_s; /* likewise, in the store */
};

static double seconds(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int64_t file_bytes(const char *path, const char *suffix)
{
	char name[4096];
	struct stat st;

	snprintf(name, sizeof name, "%s%s", path, suffix);
	return stat(name, &st) == 0 ? (int64_t)st.st_size : 0;
}

static int64_t database_bytes(const char *path)
{
	return file_bytes(path, "") + file_bytes(path, "-wal");
}

static void say_step(struct filling *f)
{
	double cpu_s = f->cpu_s - f->step_cpu_s;

	printf("rows=%lld cpu_s=%.3f rows_per_cpu_s=%.0f\n", (long long)f->rows, f->cpu_s,
	       (double)(f->rows - f->step_rows) / (cpu_s > 0 ? cpu_s : 1e-9));
	fflush(stdout);
	f->step_rows = f->rows;
	f->step_cpu_s = f->cpu_s;
}

/* As `ruad import` groups them, but by rows alone. */
static int put(struct filling *f, const struct report *r, int64_t received_s, struct err *err)
{
	double began = seconds(CLOCK_PROCESS_CPUTIME_ID);
	enum stored how;

	if (store_report(f->store, r, (struct slice){ 0 }, received_s, &how, err) != 0 ||
	    (store_open_rows(f->store) >= LIMIT_COMMIT_ROWS && store_commit(f->store, err) != 0))
		return -1;
	f->cpu_s += seconds(CLOCK_PROCESS_CPUTIME_ID) - began;
	f->rows += r->row_count;
	if (how != STORED_NEW)
		return err_set(err, ERR_USE, "%s: holds reports of this seed already", f->options->db);
	if (f->rows - f->step_rows >= f->options->step_rows)
		say_step(f);
	return 0;
}

static int fill(struct filling *f, struct err *err)
{
	struct arena memory = { 0 };
	struct report r;
	int64_t received_s;
	double began;
	int rc = 0;

	while (rc == 0 && university_next(f->university, &memory, &r, &received_s)) {
		rc = put(f, &r, received_s, err);
		arena_clear(&memory);
	}
	arena_release(&memory);
	began = seconds(CLOCK_PROCESS_CPUTIME_ID);
	if (rc == 0)
		rc = store_commit(f->store, err);
	f->cpu_s += seconds(CLOCK_PROCESS_CPUTIME_ID) - began;
	if (rc == 0 && f->rows > f->step_rows)
		say_step(f);
	return rc;
}

static int add_truth(const char *path, const struct university_totals *t, struct err *err)
{
	FILE *out = fopen(path, "a");

	if (out == NULL)
		return err_errno(err, "%s", path);
	fprintf(out, "{\"rows\":%lld,\"messages\":%lld,\"arc_rescued\":%lld,\"split\":[", (long long)t->rows,
		(long long)t->messages, (long long)t->arc_rescued);
	for (int i = 0; i < SPLITS; i++)
		fprintf(out, "%s%lld", i > 0 ? "," : "", (long long)t->split[i]);
	fputs("]}\n", out);
	return fclose(out) == 0 ? 0 : err_errno(err, "%s", path);
}

static int open_store(const struct options *o, const struct suffixes *list, struct store **out, struct err *err)
{
	double wall = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);

	if (store_open(o->db, list, university_rules(o->rules), out, err) != 0)
		return -1;
	printf("open_wall_s=%.3f open_cpu_s=%.3f\n", seconds(CLOCK_MONOTONIC) - wall,
	       seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu);
	fflush(stdout);
	return 0;
}

static int run(const struct options *o, const struct suffixes *list, struct err *err)
{
	struct filling f = { .options = o };
	int64_t before = database_bytes(o->db), added;
	const struct university_totals *made;
	int rc = open_store(o, list, &f.store, err);

	if (rc == 0 && o->plan.rows > 0) {
		f.university = university_new(&o->plan);
		rc = fill(&f, err);
	}
	store_close(f.store);
	if (rc == 0 && o->plan.rows > 0) {
		made = university_made(f.university);
		added = database_bytes(o->db) - before;
		printf("end rows=%lld reports=%lld profiles=%lld cpu_s=%.3f bytes=%lld bytes_per_row=%.1f\n",
		       (long long)made->rows, (long long)made->reports, (long long)made->profiles, f.cpu_s,
		       (long long)added, (double)added / (double)made->rows);
		rc = o->truth != NULL ? add_truth(o->truth, made, err) : 0;
	}
	university_free(f.university);
	return rc;
}

static bool read_order(const char *word, struct options *o)
{
	o->plan.shuffled = strcmp(word, "random") == 0;
	return o->plan.shuffled || strcmp(word, "day") == 0;
}

static bool read_rules(const char *word, struct options *o)
{
	static const char *const words[] = { [RULES_BASE] = "base", [RULES_NETWORK] = "network", [RULES_SIGNER] = "signer" };

	for (int i = 0; i < (int)(sizeof words / sizeof *words); i++)
		if (strcmp(word, words[i]) == 0) {
			o->rules = (enum university_rules)i;
			return true;
		}
	return false;
}

static bool read_number(const char *word, int64_t least, int64_t most, int64_t *out)
{
	return text_int(slice_of(word), out) && *out >= least && *out <= most;
}

static bool read_option(int which, const char *word, struct options *o)
{
	int64_t n = 0;
	bool good = true;

	switch (which) {
	case 'd':
		o->db = word;
		return true;
	case 't':
		o->truth = word;
		return true;
	case 'r':
		return read_number(word, 0, INT64_C(1000000000), &o->plan.rows);
	case 's':
		return read_number(word, 1, INT64_MAX, &o->step_rows);
	case 'e':
		return text_parse_day(slice_of(word), &o->plan.last_day);
	case 'y':
		good = read_number(word, 1, 20000, &n);
		o->plan.days = (int)n;
		return good;
	case 'S':
		good = read_number(word, 0, INT64_MAX, &n);
		o->plan.seed = (uint64_t)n;
		return good;
	case 'o':
		return read_order(word, o);
	default:
		return which == 'R' && read_rules(word, o);
	}
}

static bool read_options(int argc, char **argv, struct options *o)
{
	static const struct option known[] = {
		{ "db", 1, NULL, 'd' },	  { "rows", 1, NULL, 'r' },  { "days", 1, NULL, 'y' },
		{ "end", 1, NULL, 'e' },  { "seed", 1, NULL, 'S' },  { "order", 1, NULL, 'o' },
		{ "step", 1, NULL, 's' }, { "truth", 1, NULL, 't' }, { "rules", 1, NULL, 'R' },
		{ NULL, 0, NULL, 0 },
	};
	int which;

	while ((which = getopt_long(argc, argv, "", known, NULL)) != -1)
		if (!read_option(which, optarg, o))
			return false;
	return optind == argc && o->db != NULL;
}

int main(int argc, char **argv)
{
	struct options o = { .plan = { .seed = 1, .last_day = text_day_of(2026, 10, 31), .days = 730 },
			     .step_rows = 1000000 };
	struct suffixes *list = NULL;
	struct err err = { 0 };
	int rc;

	if (!read_options(argc, argv, &o)) {
		fputs(usage, stderr);
		return 2;
	}
	rc = suffixes_open(NULL, &list, &err) == 0 ? run(&o, list, &err) : -1;
	if (rc != 0)
		fprintf(stderr, "bench_fill: %s\n", err.text);
	suffixes_free(list);
	return rc == 0 ? 0 : 3;
}
