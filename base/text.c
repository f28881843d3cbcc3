/* text: see text.h. */
#include "base/text.h"

#include <stdio.h>

struct slice text_trim(struct slice s)
{
	while (s.len > 0 && text_is_blank(s.ptr[0])) {
		s.ptr++;
		s.len--;
	}
	while (s.len > 0 && text_is_blank(s.ptr[s.len - 1]))
		s.len--;
	return s;
}

bool text_eq_nocase(struct slice a, struct slice b)
{
	return a.len == b.len && text_starts_nocase(a, b);
}

bool text_starts_nocase(struct slice s, struct slice prefix)
{
	if (s.len < prefix.len)
		return false;
	for (size_t i = 0; i < prefix.len; i++)
		if (text_lower_char(s.ptr[i]) != text_lower_char(prefix.ptr[i]))
			return false;
	return true;
}

bool text_ends(struct slice s, struct slice suffix)
{
	return s.len >= suffix.len && memcmp(s.ptr + s.len - suffix.len, suffix.ptr, suffix.len) == 0;
}

const char *text_find_nocase(struct slice s, struct slice needle)
{
	char first = needle.len > 0 ? text_lower_char(*needle.ptr) : '\0';

	for (; s.len >= needle.len; s.ptr++, s.len--)
		if (needle.len == 0 || (text_lower_char(*s.ptr) == first && text_starts_nocase(s, needle)))
			return s.ptr;
	return NULL;
}

struct slice text_copy(struct arena *a, struct slice s)
{
	return s.ptr == NULL ? s : (struct slice){ arena_copy(a, s.ptr, s.len), s.len };
}

const char *text_folder(struct arena *a, const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? "." : slash == path ? "/" : arena_copy(a, path, (size_t)(slash - path));
}

struct slice text_cut(struct slice s, size_t most)
{
	if (s.len <= most)
		return s;
	while (most > 0 && ((unsigned char)s.ptr[most] & 0xc0) == 0x80)
		most--;
	return (struct slice){ s.ptr, most };
}

struct slice text_take_line(struct slice *s)
{
	const char *lf = s->len > 0 ? memchr(s->ptr, '\n', s->len) : NULL;
	struct slice line = { s->ptr, lf != NULL ? (size_t)(lf - s->ptr) : s->len };
	size_t used = lf != NULL ? line.len + 1 : line.len;

	s->ptr += used;
	s->len -= used;
	return line;
}

struct slice text_lower(struct arena *a, struct slice s)
{
	char *p;

	if (s.ptr == NULL)
		return s;
	p = arena_copy(a, s.ptr, s.len);
	for (size_t i = 0; i < s.len; i++)
		p[i] = text_lower_char(p[i]);
	return (struct slice){ p, s.len };
}

struct slice text_squeeze(struct arena *a, struct slice s)
{
	char *out;
	size_t n = 0;

	s = text_trim(s);
	if (s.len == 0)
		return (struct slice){ 0 };
	out = arena_copy(a, s.ptr, s.len);
	for (size_t i = 0; i < s.len; i++) {
		if (!text_is_blank(s.ptr[i]))
			out[n++] = s.ptr[i];
		else if (!text_is_blank(s.ptr[i - 1]))
			out[n++] = ' ';
	}
	out[n] = '\0';
	return (struct slice){ out, n };
}

bool text_int(struct slice s, int64_t *out)
{
	bool minus = s.len > 0 && s.ptr[0] == '-';
	size_t i = minus || (s.len > 0 && s.ptr[0] == '+') ? 1 : 0;
	int64_t n = 0;

	if (i == s.len)
		return false;
	for (; i < s.len; i++) {
		int digit = s.ptr[i] - '0';

		if (digit < 0 || digit > 9 || __builtin_mul_overflow(n, 10, &n) ||
		    __builtin_add_overflow(n, minus ? -digit : digit, &n))
			return false;
	}
	*out = n;
	return true;
}

size_t text_utf8_length(struct slice s)
{
	const unsigned char *p = (const unsigned char *)s.ptr;
	size_t n;
	uint32_t c;

	if (s.len == 0)
		return 0;
	if (p[0] < 0x80)
		return 1;
	n = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
	if (p[0] < 0xc2 || p[0] > 0xf4 || s.len < n)
		return 0;
	c = p[0] & (0xffu >> (n + 1));
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}
	if ((n == 3 && c < 0x800) || (n == 4 && (c < 0x10000 || c > 0x10ffff)) || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	return n;
}

/* How many ASCII bytes stand in front, eight at a time: nearly all text of reports is nothing else. */
static size_t ascii_run(struct slice s)
{
	size_t i = 0;

	for (uint64_t eight; i + sizeof eight <= s.len; i += sizeof eight) {
		memcpy(&eight, s.ptr + i, sizeof eight);
		if (eight & 0x8080808080808080u)
			break;
	}
	while (i < s.len && (unsigned char)s.ptr[i] < 0x80)
		i++;
	return i;
}

bool text_utf8_valid(struct slice s)
{
	for (size_t n = ascii_run(s); n < s.len; n += ascii_run((struct slice){ s.ptr + n, s.len - n })) {
		size_t len = text_utf8_length((struct slice){ s.ptr + n, s.len - n });

		if (len == 0)
			return false;
		n += len;
	}
	return true;
}

struct slice text_utf8_clean(struct arena *a, struct slice s)
{
	char *out;
	size_t n = 0, used = 0;

	if (s.ptr == NULL || (text_utf8_valid(s) && memchr(s.ptr, '\0', s.len) == NULL))
		return s;
	out = arena_alloc(a, s.len * 3 + 1);
	while (used < s.len) {
		size_t len = s.ptr[used] == '\0' ? 0 : text_utf8_length((struct slice){ s.ptr + used, s.len - used });

		memcpy(out + n, len > 0 ? s.ptr + used : "\xef\xbf\xbd", len > 0 ? len : 3);
		n += len > 0 ? len : 3;
		used += len > 0 ? len : 1;
	}
	return (struct slice){ out, n };
}

bool text_is_control(const char *p, size_t n)
{
	const unsigned char *u = (const unsigned char *)p;

	if (n == 1)
		return u[0] < 0x20 || u[0] == 0x7f;
	if (n == 2)
		return (u[0] == 0xc2 && u[1] < 0xa0) || (u[0] == 0xd8 && u[1] == 0x9c); /* C1; U+061C */
	if (n == 3 && u[0] == 0xe2)
		return (u[1] == 0x80 && (u[2] == 0x8e || u[2] == 0x8f || (u[2] >= 0xa8 && u[2] <= 0xae))) ||
		       (u[1] == 0x81 && u[2] >= 0xa6 && u[2] <= 0xa9); /* marks, separators, overrides, isolates */
	return false;
}

int64_t text_floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

/* Days from civil and back: the usual 400-year-era arithmetic with March as the first month. */
int64_t text_day_of(int year, int month, int day)
{
	int64_t y = year - (month <= 2), era = text_floor_div(y, 400);
	int64_t of_era = y - era * 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

struct civil text_civil(int64_t day)
{
	int64_t z = day + 719468, era = text_floor_div(z, 146097), of_era = z - era * 146097;
	int64_t y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * y + y / 4 - y / 100), m = (5 * of_year + 2) / 153;
	struct civil c;

	c.day = (int)(of_year - (153 * m + 2) / 5 + 1);
	c.month = (int)(m < 10 ? m + 3 : m - 9);
	c.year = (int)(y + era * 400 + (c.month <= 2));
	c.weekday = (int)(((day + 4) % 7 + 7) % 7);
	return c;
}

int64_t text_next_month(int64_t day)
{
	struct civil c = text_civil(day);

	return c.month < 12 ? text_day_of(c.year, c.month + 1, 1) : text_day_of(c.year + 1, 1, 1);
}

char *text_day(char out[TEXT_DAY_BYTES], int64_t day)
{
	struct civil c = text_civil(day);

	snprintf(out, TEXT_DAY_BYTES, "%04d-%02d-%02d", c.year % 100000, (unsigned)c.month % 100, (unsigned)c.day % 100);
	return out;
}

bool text_parse_day(struct slice s, int64_t *day)
{
	int64_t y, m, d;
	struct civil c;

	if (s.len != 10 || s.ptr[4] != '-' || s.ptr[7] != '-' || s.ptr[0] == '-' || s.ptr[0] == '+' ||
	    s.ptr[5] == '+' || s.ptr[8] == '+' || !text_int((struct slice){ s.ptr, 4 }, &y) ||
	    !text_int((struct slice){ s.ptr + 5, 2 }, &m) || !text_int((struct slice){ s.ptr + 8, 2 }, &d) || m < 1 ||
	    m > 12 || d < 1 || d > 31)
		return false;
	*day = text_day_of((int)y, (int)m, (int)d);
	c = text_civil(*day);
	return c.month == m && c.day == d;
}
