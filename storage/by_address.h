/* by_address: the sums of a month's rows by their address, alone, behind the From domain and behind the reporter (cells.h). There
 * are about as many as rows, so that they are made by sorting the rows, some hundred thousand at a time, and not in a table that
 * no cache holds. Internal to storage/. Neighbours: derive.c, which gives the rows. */
#ifndef STORAGE_BY_ADDRESS_H
#define STORAGE_BY_ADDRESS_H
#include "storage/cells.h"

struct address_row {
	uint32_t address, domain, reporter, source;
	uint16_t kind;
	uint8_t day; /* of the month, from 0 */
	int64_t messages;
};
struct address_sums { /* all zeros is empty */
	struct address_row *row, *other, *kept;
	size_t n;
	struct cells by_address, by_domain, by_reporter; /* once finished */
};

void address_sums_clear(struct address_sums *s);
void address_sums_release(struct address_sums *s);
void address_sums_add(struct address_sums *s, const struct address_row *row);
/* Behind the last row: the cells are sorted, each key once. */
void address_sums_finish(struct address_sums *s);
#endif
