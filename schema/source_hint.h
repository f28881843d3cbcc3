/* source_hint: well-known list software, forwarders and mail services as source rules that are there from the start, so
 * that their mail has a name before anybody wrote a rule (UX 7.3, 7.4). A hint is a guess to be confirmed: a rule of the
 * operator's comes first, and a view tells the two apart by `hint`.
 * Neighbours: source_rule.h; daemon/command.c puts them behind the rules of ruad.conf; storage/label.c matches them. */
#ifndef SCHEMA_SOURCE_HINT_H
#define SCHEMA_SOURCE_HINT_H
#include "base/arena.h"
#include "schema/source_rule.h"

/* The operator's rules and behind them the hints, as one list; the array is the arena's, what it points to is not copied.
 * A hint whose name the operator gave to a rule of his own (without regard to case) is left out: that rule says what it
 * is, and no two sources are called the same. */
struct source_rules source_hints_behind(struct arena *a, struct source_rules own);
#endif
