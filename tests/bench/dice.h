/* dice: repeatable chance for the benches: the same seed draws the same on every machine, so nothing here goes beyond
 * what IEEE arithmetic rounds in one way. Neighbours: university.c, queries.c. */
#ifndef TESTS_BENCH_DICE_H
#define TESTS_BENCH_DICE_H
#include <stddef.h>
#include <stdint.h>

struct dice { /* splitmix64 */
	uint64_t state;
};

static inline uint64_t dice_mix(uint64_t z)
{
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static inline uint64_t dice_next(struct dice *d)
{
	return dice_mix(d->state += UINT64_C(0x9e3779b97f4a7c15));
}

/* A stream of its own for each purpose, so that one more draw in one report changes no other. */
static inline struct dice dice_for(uint64_t seed, uint64_t purpose, uint64_t which)
{
	return (struct dice){ dice_mix(dice_mix(dice_mix(seed + 1) ^ purpose) ^ which) };
}

/* 0 to n - 1; n above 0. */
static inline size_t dice_below(struct dice *d, size_t n)
{
	return (size_t)((dice_next(d) >> 32) * (uint64_t)n >> 32);
}

/* 0 to just below 1. */
static inline double dice_unit(struct dice *d)
{
	return (double)(dice_next(d) >> 11) / (double)(UINT64_C(1) << 53);
}

/* An index drawn by weights that were summed up as they stand: upto[i] is the sum of the first i + 1. */
static inline size_t dice_weighted(struct dice *d, const double *upto, size_t n)
{
	double at = dice_unit(d) * upto[n - 1];
	size_t low = 0, high = n - 1;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (upto[middle] > at)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}
#endif
