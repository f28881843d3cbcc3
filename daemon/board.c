/* board: see board.h. Counts are atomic each for itself. Words change under a counter that is odd meanwhile: a reader that met
 * a change reads again. A writer that was killed in the middle leaves it odd; then the words are left out. */
#include "daemon/board.h"

#include "base/text.h"

#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <time.h>

enum { TRIES = 1000, WORDS = (BOARD_NAME_BYTES + BOARD_TEXT_BYTES) / 8 };

struct slot {
	atomic_uint turn; /* odd: words are being changed */
	atomic_int state, pid;
	atomic_llong starts, since_s;
	atomic_llong count[BOARD_COUNTS];
	atomic_ullong words[WORDS]; /* the name, then the text */
};

struct board {
	struct slot slot[BOARD_SLOTS];
};

struct board *board_make(struct err *err)
{
	void *b = mmap(NULL, sizeof(struct board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (b != MAP_FAILED)
		return b;
	err_errno(err, "board");
	return NULL;
}

void board_free(struct board *b)
{
	if (b != NULL)
		munmap(b, sizeof *b);
}

static void put_words(struct slot *s, int from, int n, const char *text)
{
	char bytes[BOARD_TEXT_BYTES] = { 0 };
	unsigned long long word;

	snprintf(bytes, (size_t)n * sizeof word, "%s", text);
	atomic_fetch_or(&s->turn, 1U);
	for (int i = 0; i < n; i++) {
		memcpy(&word, bytes + (size_t)i * sizeof word, sizeof word);
		atomic_store(&s->words[from + i], word);
	}
	atomic_fetch_add(&s->turn, 1U);
}

static void put_state_only(struct slot *s, enum board_state state)
{
	if (atomic_exchange(&s->state, (int)state) != (int)state)
		atomic_store(&s->since_s, (long long)time(NULL));
}

static void put_state(struct slot *s, enum board_state state, const char *text)
{
	put_words(s, BOARD_NAME_BYTES / 8, BOARD_TEXT_BYTES / 8, text);
	put_state_only(s, state);
}

void board_name(struct board *b, int slot, const char *name)
{
	put_words(&b->slot[slot], 0, BOARD_NAME_BYTES / 8, name);
}

void board_started(struct board *b, int slot, pid_t pid)
{
	atomic_store(&b->slot[slot].pid, (int)pid);
	atomic_fetch_add(&b->slot[slot].starts, 1);
}

void board_ended(struct board *b, int slot, enum board_state state, const char *text)
{
	atomic_store(&b->slot[slot].pid, 0);
	atomic_store(&b->slot[slot].turn, atomic_load(&b->slot[slot].turn) & ~1U); /* it may have been killed while it wrote */
	if (text != NULL)
		put_state(&b->slot[slot], state, text);
	else
		put_state_only(&b->slot[slot], state);
}

void board_forget(struct board *b, int slot)
{
	struct slot *s = &b->slot[slot];

	put_state(s, BOARD_NONE, "");
	atomic_store(&s->pid, 0);
	atomic_store(&s->starts, 0);
	for (int i = 0; i < BOARD_COUNTS; i++)
		atomic_store(&s->count[i], 0);
}

void board_say(struct board *b, int slot, enum board_state state, const char *text)
{
	put_state(&b->slot[slot], state, text);
}

void board_add(struct board *b, int slot, enum board_count what, int64_t n)
{
	atomic_fetch_add(&b->slot[slot].count[what], n);
}

void board_set(struct board *b, int slot, enum board_count what, int64_t n)
{
	atomic_store(&b->slot[slot].count[what], n);
}

/* Words of another process: one line of clean text, whatever stands there. */
static void clean(char *out, size_t room, const unsigned long long *words)
{
	struct arena scratch = { 0 };
	struct slice text = { (const char *)words, strnlen((const char *)words, room - 1) };
	char *copy = arena_copy(&scratch, text.ptr, text.len);

	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)copy[i] < ' ' || copy[i] == 0x7f)
			copy[i] = ' ';
	text = text_cut(text_utf8_clean(&scratch, (struct slice){ copy, text.len }), room - 1);
	memcpy(out, text.ptr, text.len);
	out[text.len] = '\0';
	arena_release(&scratch);
}

static bool read_words(const struct slot *s, unsigned long long out[WORDS])
{
	for (int i = 0; i < TRIES; i++) {
		unsigned turn = atomic_load(&s->turn);

		for (int w = 0; w < WORDS; w++)
			out[w] = atomic_load(&s->words[w]);
		if (turn % 2 == 0 && atomic_load(&s->turn) == turn)
			return true;
	}
	return false;
}

bool board_read(const struct board *b, int slot, struct board_line *out)
{
	const struct slot *s = &b->slot[slot];
	unsigned long long words[WORDS];
	int state = atomic_load(&s->state);

	*out = (struct board_line){ 0 };
	if (state <= BOARD_NONE || state > BOARD_FAILED)
		return false;
	if (read_words(s, words)) {
		clean(out->name, sizeof out->name, words);
		clean(out->text, sizeof out->text, words + BOARD_NAME_BYTES / 8);
	}
	out->state = (enum board_state)state;
	out->pid = atomic_load(&s->pid);
	out->starts = atomic_load(&s->starts);
	out->since_s = atomic_load(&s->since_s);
	for (int i = 0; i < BOARD_COUNTS; i++)
		out->count[i] = atomic_load(&s->count[i]);
	return true;
}
