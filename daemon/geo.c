/* geo: see geo.h. A file is mapped into memory: whoever updates it must put a new one in its place, not write into it. */
#include "daemon/geo.h"

#include "base/log.h"
#include "base/text.h"
#include "schema/source_rule.h"

#include <errno.h>
#include <maxminddb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { TROUBLE_BYTES = 300 };

struct file {
	const char *key, *path; /* of the configuration; path NULL: none is wanted */
	MMDB_s db;
	bool is_open;
	struct stat seen; /* of what is open, or was found wrong */
	char trouble[TROUBLE_BYTES];
};

struct geo {
	struct file asn, country;
};

static void say(struct file *f, const char *what, const char *advice)
{
	struct buf quoted;

	buf_init(&quoted, TROUBLE_BYTES);
	log_quote(&quoted, slice_of(f->path));
	snprintf(f->trouble, sizeof f->trouble, "%s: %.*s: %s%s", f->key, (int)quoted.len, buf_slice(&quoted).ptr, what, advice);
	buf_release(&quoted);
}

static void shut(struct file *f)
{
	if (f->is_open)
		MMDB_close(&f->db);
	f->is_open = false;
}

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* One that broke is left alone until it is replaced. */
static void give_up(struct file *f, int status)
{
	shut(f);
	say(f, MMDB_strerror(status), "; put a whole MaxMind DB file in its place");
}

static void refresh(struct file *f)
{
	struct stat now;
	int status;

	if (f->path == NULL)
		return;
	if (stat(f->path, &now) != 0) {
		shut(f);
		f->seen = (struct stat){ 0 };
		say(f, strerror(errno), "; put the file there, or take the key out of the configuration");
		return;
	}
	if (is_same(&now, &f->seen))
		return;
	shut(f);
	f->seen = now;
	f->trouble[0] = '\0';
	if ((status = MMDB_open(f->path, MMDB_MODE_MMAP, &f->db)) == MMDB_SUCCESS)
		f->is_open = true;
	else
		give_up(f, status);
}

void geo_refresh(struct geo *g)
{
	refresh(&g->asn);
	refresh(&g->country);
}

static MMDB_lookup_result_s look_up(struct file *f, const unsigned char addr[16], int *status)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

	memcpy(&v6.sin6_addr, addr, 16);
	if (!IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr))
		return MMDB_lookup_sockaddr(&f->db, (const struct sockaddr *)&v6, status);
	memcpy(&v4.sin_addr, addr + 12, 4);
	return MMDB_lookup_sockaddr(&f->db, (const struct sockaddr *)&v4, status);
}

/* The value at a path in the address's entry; false where there is none. */
static bool find(struct file *f, const unsigned char addr[16], const char *const *path, MMDB_entry_data_s *out)
{
	MMDB_lookup_result_s entry;
	int status = MMDB_SUCCESS;

	if (!f->is_open)
		return false;
	entry = look_up(f, addr, &status);
	if (status == MMDB_IPV6_LOOKUP_IN_IPV4_DATABASE_ERROR || (status == MMDB_SUCCESS && !entry.found_entry))
		return false;
	if (status == MMDB_SUCCESS)
		status = MMDB_aget_value(&entry.entry, out, path);
	if (status != MMDB_SUCCESS && status != MMDB_LOOKUP_PATH_DOES_NOT_MATCH_DATA_ERROR)
		give_up(f, status);
	return status == MMDB_SUCCESS && out->has_data;
}

static bool find_text(struct file *f, const unsigned char addr[16], const char *const *path, struct slice *out)
{
	MMDB_entry_data_s value;

	if (!find(f, addr, path, &value) || value.type != MMDB_DATA_TYPE_UTF8_STRING)
		return false;
	*out = (struct slice){ value.utf8_string, value.data_size };
	return true;
}

/* As MaxMind and DB-IP have it, and as IPinfo has it. */
static int64_t find_asn(struct file *f, const unsigned char addr[16])
{
	static const char *const number[] = { "autonomous_system_number", NULL }, *const text[] = { "asn", NULL };
	MMDB_entry_data_s value;
	struct slice word;
	uint32_t asn;

	if (find(f, addr, number, &value))
		return value.type == MMDB_DATA_TYPE_UINT32 ? value.uint32 : 0;
	return find_text(f, addr, text, &word) && asn_parse(word, &asn) ? asn : 0;
}

static bool find_country(struct file *f, const unsigned char addr[16], char out[2])
{
	static const char *const nested[] = { "country", "iso_code", NULL }, *const flat[] = { "country_code", NULL };
	struct slice code;

	if ((!find_text(f, addr, nested, &code) && !find_text(f, addr, flat, &code)) || code.len != 2)
		return false;
	out[0] = text_lower_char(code.ptr[0]);
	out[1] = text_lower_char(code.ptr[1]);
	return out[0] >= 'a' && out[0] <= 'z' && out[1] >= 'a' && out[1] <= 'z';
}

void geo_find(struct geo *g, const unsigned char addr[16], int64_t *asn, char country[2], struct slice *found)
{
	*asn = find_asn(&g->asn, addr);
	*found = find_country(&g->country, addr, country) ? (struct slice){ country, 2 } : (struct slice){ 0 };
}

const char *geo_trouble(const struct geo *g)
{
	return g->asn.trouble[0] != '\0' ? g->asn.trouble : g->country.trouble;
}

struct geo *geo_open(const char *asn_file, const char *country_file)
{
	struct geo *g = calloc(1, sizeof *g);

	if (g == NULL)
		return NULL;
	g->asn = (struct file){ .key = "dns.asn_file", .path = asn_file };
	g->country = (struct file){ .key = "dns.country_file", .path = country_file };
	geo_refresh(g);
	return g;
}

void geo_close(struct geo *g)
{
	if (g == NULL)
		return;
	shut(&g->asn);
	shut(&g->country);
	free(g);
}
