/* domain: see domain.h. */
#include "schema/domain.h"

#include "base/text.h"

#include <idn2.h>
#include <libpsl.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { NAME_BYTES = 254, LABEL_BYTES = 63 };

struct suffixes {
	psl_ctx_t *psl;
	int64_t made_s;
};

/* psl_latest takes the newer of the system's file and what is built in. */
static int64_t made_s(const char *path)
{
	const char *file = path != NULL ? path : psl_dist_filename();
	int64_t built_in = path != NULL ? 0 : (int64_t)psl_builtin_file_time();
	struct stat st;

	if (file == NULL || stat(file, &st) != 0 || (int64_t)st.st_mtime < built_in)
		return built_in;
	return (int64_t)st.st_mtime;
}

int suffixes_open(const char *path, struct suffixes **out, struct err *err)
{
	psl_ctx_t *psl = path != NULL ? psl_load_file(path) : psl_latest(NULL);
	struct suffixes *list;

	if (psl == NULL)
		return err_set(err, path != NULL ? ERR_USE : ERR_SYSTEM, "%s: no public suffix list could be loaded: %s",
			       path != NULL ? path : "publicsuffix",
			       path != NULL ? "domains.suffix_list must name one" : "install publicsuffix, or name one with domains.suffix_list");
	if ((list = malloc(sizeof *list)) == NULL) {
		psl_free(psl);
		return err_errno(err, "public suffix list");
	}
	list->psl = psl;
	list->made_s = made_s(path);
	*out = list;
	return 0;
}

void suffixes_free(struct suffixes *list)
{
	if (list == NULL)
		return;
	psl_free(list->psl);
	free(list);
}

int64_t suffixes_made_s(const struct suffixes *list)
{
	return list->made_s;
}

const char *suffixes_version(void)
{
	return "libpsl " PSL_VERSION;
}

static bool is_ascii(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.ptr[i] >= 0x80)
			return false;
	return true;
}

static struct slice to_a_labels(struct arena *a, struct slice name)
{
	char *ascii = NULL;

	if (is_ascii(name) || name.len > NAME_BYTES)
		return name;
	if (idn2_to_ascii_8z(arena_copy(a, name.ptr, name.len), &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) == IDN2_OK) {
		name = (struct slice){ arena_copy(a, ascii, strlen(ascii)), strlen(ascii) };
		idn2_free(ascii);
	}
	return name;
}

struct slice domain_normal(struct arena *a, struct slice written)
{
	struct slice s = text_trim(written);

	if (written.ptr == NULL)
		return written;
	for (size_t i = s.len; i > 0; i--)
		if (s.ptr[i - 1] == '@') {
			s = (struct slice){ s.ptr + i, s.len - i };
			break;
		}
	while (s.len > 0 && (*s.ptr == '<' || text_is_blank(*s.ptr))) { /* "<>" is the null reverse-path: no name */
		s.ptr++;
		s.len--;
	}
	while (s.len > 0 && (s.ptr[s.len - 1] == '.' || s.ptr[s.len - 1] == '>' || text_is_blank(s.ptr[s.len - 1])))
		s.len--;
	return text_lower(a, to_a_labels(a, s));
}

static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

bool domain_is_name(struct slice normal)
{
	size_t label = 0, labels = 1;

	for (size_t i = 0; i < normal.len; i++) {
		if (normal.ptr[i] == '.' && label > 0) {
			labels++;
			label = 0;
		} else if (!is_name_char(normal.ptr[i]) || ++label > LABEL_BYTES) {
			return false;
		}
	}
	return label > 0 && labels > 1 && normal.len < NAME_BYTES;
}

struct slice domain_organisational(const struct suffixes *list, struct slice name)
{
	char copy[NAME_BYTES + 1];
	const char *org;

	if (name.len == 0 || name.len > NAME_BYTES)
		return name;
	memcpy(copy, name.ptr, name.len);
	copy[name.len] = '\0';
	if ((org = psl_registrable_domain(list->psl, copy)) == NULL)
		return name;
	return (struct slice){ name.ptr + (org - copy), name.len - (size_t)(org - copy) };
}

bool domain_is_under(struct slice name, struct slice tree)
{
	return slice_eq(name, tree) ||
	       (tree.len > 0 && name.len > tree.len && text_ends(name, tree) && name.ptr[name.len - tree.len - 1] == '.');
}

struct slice domain_owner_of(const struct domain_owners *owners, struct slice name)
{
	const struct domain_owner *nearest = NULL;

	for (size_t i = 0; i < owners->n; i++)
		if (domain_is_under(name, owners->item[i].domain) && (nearest == NULL || owners->item[i].domain.len > nearest->domain.len))
			nearest = &owners->item[i];
	return nearest != NULL ? nearest->owner : (struct slice){ 0 };
}
