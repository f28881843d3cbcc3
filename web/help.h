/* help: the words of the pages, each with a page of its own (UX 2.4: plain words, exact terms). The text is ui/help.txt: a
 * group begins with "== ", a word with "= key: title", then its sentence and paragraphs; "[key]" is a link to another word.
 * Neighbours: page_help.c shows them; pages link to help_href. */
#ifndef WEB_HELP_H
#define WEB_HELP_H
#include "base/arena.h"
#include "base/slice.h"

#include <stdbool.h>

struct help_word {
	struct slice key, title;
	struct slice text;  /* paragraphs, with a blank line between two */
	struct slice group; /* the heading that it stands under */
};

/* Takes the next word off the text, which is help_text() at first: false at its end. `group` goes along from call to call. */
struct slice help_text(void);
bool help_next(struct slice *text, struct slice *group, struct help_word *out);
/* The word of that key: false where there is none. */
bool help_find(struct slice key, struct help_word *out);
/* The page of the word of that key. */
struct slice help_href(struct arena *a, struct slice key);
/* Takes the next paragraph off a word's text: false at its end. */
bool help_paragraph(struct slice *text, struct slice *out);
#endif
