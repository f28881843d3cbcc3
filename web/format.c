/* format: see format.h. */
#include "web/format.h"

#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>

enum { NUMBER_BYTES = 48, DAY_SECONDS = 86400 };

static const char *const months[] = {
	"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"
};
static const char *const weekdays[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };

void format_count(struct buf *out, int64_t n)
{
	uint64_t rest = n < 0 ? -(uint64_t)n : (uint64_t)n;
	char digits[NUMBER_BYTES], *p = digits + sizeof digits;

	for (int i = 0; i == 0 || rest > 0; i++, rest /= 10) {
		if (i > 0 && i % 3 == 0)
			*--p = ',';
		*--p = (char)('0' + rest % 10);
	}
	if (n < 0)
		*--p = '-';
	buf_add(out, p, (size_t)(digits + sizeof digits - p));
}

void format_share(struct buf *out, int64_t part, int64_t whole)
{
	double percent = whole != 0 ? 100.0 * (double)part / (double)whole : 0;

	if (whole == 0)
		buf_add_text(out, "–");
	else if (part == 0)
		buf_add_text(out, "0%");
	else if (part == whole)
		buf_add_text(out, "100%");
	else if (percent < 0.1)
		buf_add_text(out, "<0.1%");
	else if (percent > 99.9 && percent < 100)
		buf_add_text(out, ">99.9%");
	else
		buf_addf(out, "%.1f%%", percent);
}

static char *taken(struct arena *a, struct buf *b)
{
	char *text = arena_copy(a, b->data, b->len);

	buf_release(b);
	return text;
}

char *format_count_text(struct arena *a, int64_t n)
{
	struct buf b;

	buf_init(&b, NUMBER_BYTES);
	format_count(&b, n);
	return taken(a, &b);
}

char *format_share_text(struct arena *a, int64_t part, int64_t whole)
{
	struct buf b;

	buf_init(&b, NUMBER_BYTES);
	format_share(&b, part, whole);
	return taken(a, &b);
}

static const char *sign_of(bool falls)
{
	return falls ? "−" : "+";
}

char *format_change_text(struct arena *a, int64_t now, int64_t then)
{
	int64_t change = now - then, size = change < 0 ? -change : change;

	if (change == 0)
		return arena_printf(a, "±0");
	if (then == 0)
		return arena_printf(a, "%s%s", sign_of(change < 0), format_count_text(a, size));
	return arena_printf(a, "%s%s (%s%.1f%%)", sign_of(change < 0), format_count_text(a, size), sign_of(change < 0),
			    100.0 * (double)size / (double)then);
}

char *format_points_text(struct arena *a, int64_t now, int64_t now_of, int64_t then, int64_t then_of)
{
	double change, size;

	if (now_of == 0 || then_of == 0)
		return arena_printf(a, "–");
	change = 100.0 * ((double)now / (double)now_of - (double)then / (double)then_of);
	size = change < 0 ? -change : change;
	return size < 0.05 ? arena_printf(a, "±0 pts") : arena_printf(a, "%s%.1f pts", sign_of(change < 0), size);
}

char *format_day_short(struct arena *a, int64_t day)
{
	struct civil c = text_civil(day);

	return arena_printf(a, "%s %d %s", weekdays[c.weekday], c.day, months[c.month - 1]);
}

char *format_day_month(struct arena *a, int64_t day)
{
	struct civil c = text_civil(day);

	return arena_printf(a, "%d %s", c.day, months[c.month - 1]);
}

char *format_day(struct arena *a, int64_t day)
{
	return arena_printf(a, "%s %d", format_day_short(a, day), text_civil(day).year);
}

char *format_range(struct arena *a, int64_t first_day, int64_t last_day)
{
	struct civil from = text_civil(first_day), to = text_civil(last_day);

	if (first_day == last_day)
		return format_day(a, last_day);
	if (from.year != to.year)
		return arena_printf(a, "%s – %s", format_day(a, first_day), format_day(a, last_day));
	if (from.month != to.month)
		return arena_printf(a, "%s – %s", format_day_short(a, first_day), format_day(a, last_day));
	return arena_printf(a, "%s %d – %s", weekdays[from.weekday], from.day, format_day(a, last_day));
}

char *format_time(struct arena *a, int64_t seconds)
{
	int64_t day = text_floor_div(seconds, DAY_SECONDS), of_day = seconds - day * DAY_SECONDS;

	return arena_printf(a, "%s %02d:%02d UTC", format_day_month(a, day), (int)(of_day / 3600),
			    (int)(of_day / 60 % 60));
}

char *format_rfc3339(struct arena *a, int64_t seconds)
{
	int64_t day = text_floor_div(seconds, DAY_SECONDS), of_day = seconds - day * DAY_SECONDS;
	char text[TEXT_DAY_BYTES];

	return arena_printf(a, "%sT%02d:%02d:%02dZ", text_day(text, day), (int)(of_day / 3600), (int)(of_day / 60 % 60),
			    (int)(of_day % 60));
}

size_t format_cut(struct slice s, size_t chars)
{
	size_t i = 0;

	if (s.len <= chars) /* no character is shorter than a byte */
		return s.len;
	while (i < s.len && chars-- > 0) {
		size_t n = text_utf8_length((struct slice){ s.ptr + i, s.len - i });

		i += n > 0 ? n : 1;
	}
	return i;
}

uint32_t format_code_point(const char *p, size_t n)
{
	const unsigned char *u = (const unsigned char *)p;
	uint32_t c = n == 1 ? u[0] : u[0] & (0xffu >> (n + 1));

	for (size_t i = 1; i < n; i++)
		c = c << 6 | (u[i] & 0x3f);
	return c;
}

char *format_bytes(struct arena *a, int64_t bytes)
{
	static const char *const units[] = { "bytes", "kB", "MB", "GB", "TB" };
	double n = (double)bytes;
	size_t unit = 0;

	for (; n >= 1000 && unit + 1 < sizeof units / sizeof *units; unit++)
		n /= 1000;
	return arena_printf(a, unit == 0 ? "%.0f %s" : "%.1f %s", n, units[unit]);
}
