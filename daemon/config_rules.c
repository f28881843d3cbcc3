/* config_rules: the blocks `sources` and `lists`, who sends as the operator's domains: see schema/source_rule.h. */
#include "daemon/config_read.h"

static bool read_network(struct reading *r, const struct key *key, const config_setting_t *s, struct slice text,
			 void *item)
{
	if (network_parse(text, item))
		return true;
	problem_add(r, setting_line(s),
		    "%s.%s \"%s\" is no address or network, such as \"192.0.2.7\" or \"2001:db8::/32\"", key->of,
		    key->name, problem_text(r, text.ptr));
	return false;
}

static bool read_as_number(struct reading *r, const struct key *key, const config_setting_t *s, struct slice text,
			   void *item)
{
	if (asn_parse(text, item))
		return true;
	problem_add(r, setting_line(s), "%s.%s \"%s\" is no AS number, such as 64500 or \"AS64500\"", key->of,
		    key->name, problem_text(r, text.ptr));
	return false;
}

static void read_ip(struct reading *r, const struct key *key, const config_setting_t *s, void *to)
{
	struct source_rule *rule = to;

	rule->network_count = value_strings(r, key, s, read_network, sizeof(struct network), &rule->networks);
}

static void read_dkim_domain(struct reading *r, const struct key *key, const config_setting_t *s, void *to)
{
	struct source_rule *rule = to;

	rule->dkim_domain_count = value_strings(r, key, s, read_domain, sizeof(struct slice), &rule->dkim_domains);
}

static void read_envelope(struct reading *r, const struct key *key, const config_setting_t *s, void *to)
{
	struct source_rule *rule = to;

	rule->envelope_count = value_strings(r, key, s, read_domain, sizeof(struct slice), &rule->envelopes);
}

static void read_rdns(struct reading *r, const struct key *key, const config_setting_t *s, void *to)
{
	struct source_rule *rule = to;

	rule->rdns_count = value_strings(r, key, s, read_domain, sizeof(struct slice), &rule->rdns);
}

static void read_asn(struct reading *r, const struct key *key, const config_setting_t *s, void *to)
{
	struct source_rule *rule = to;

	rule->asn_count = value_strings(r, key, s, read_as_number, sizeof(uint32_t), &rule->asns);
}

static void read_software(struct reading *r, const struct key *key, const config_setting_t *s, void *to)
{
	const char *words[SOFTWARES] = { NULL };
	struct source_rule *rule = to;
	int word;

	for (int i = SOFTWARE_UNKNOWN + 1; i < SOFTWARES; i++)
		words[i - 1] = list_software_name((enum list_software)i);
	if ((word = value_word(r, key, s, words)) >= 0)
		rule->software = (enum list_software)(word + 1);
}

static bool has_pattern(const config_setting_t *s)
{
	static const char *const patterns[] = { "ip", "dkim_domain", "envelope", "rdns", "asn" };
	bool has = false;

	for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++)
		has = has || setting_has(s, patterns[i]);
	return has;
}

static void read_rule(struct reading *r, const struct key *key, const config_setting_t *s, struct source_rule *rule)
{
	read_keys(r, key->keys, s, rule);
	read_name(r, key, s, &r->source_names, "source");
	if (!has_pattern(s))
		problem_add(r, setting_line(s),
			    "this entry of %s matches no mail: it needs ip, dkim_domain, envelope, rdns or asn",
			    key->name);
}

static void read_source(struct reading *r, const struct key *key, const config_setting_t *s, void *item)
{
	struct source_rule *rule = item;

	rule->kind = KIND_UNKNOWN;
	read_rule(r, key, s, rule);
}

static void read_list(struct reading *r, const struct key *key, const config_setting_t *s, void *item)
{
	struct source_rule *rule = item;

	rule->kind = KIND_LIST;
	read_rule(r, key, s, rule);
}

void read_sources(struct reading *r, const struct key *key, const config_setting_t *s, void *to)
{
	r->sources = read_entries(r, key, s, sizeof(struct source_rule), read_source);
}

void read_lists(struct reading *r, const struct key *key, const config_setting_t *s, void *to)
{
	r->lists = read_entries(r, key, s, sizeof(struct source_rule), read_list);
}

/* Lists stand behind the sources: the operator's own words come first. */
void settle_rules(struct reading *r)
{
	size_t n = r->sources.n + r->lists.n;
	struct source_rule *rules = arena_array(r->arena, n, sizeof *rules);

	if (r->sources.n > 0)
		memcpy(rules, r->sources.item, r->sources.n * sizeof *rules);
	if (r->lists.n > 0)
		memcpy(rules + r->sources.n, r->lists.item, r->lists.n * sizeof *rules);
	r->out->sources = (struct source_rules){ rules, n };
}

/* --- the tables --- */

#define IN(field) offsetof(struct source_rule, field)

static const char *const kinds[] = { "ours", "service", "list", "forwarder", "unknown", NULL }; /* enum source_kind */

static const struct key source_table[] = {
	{ "name", read_text, IN(name), 0, "sources", NULL },
	{ "kind", read_word, IN(kind), 0, "sources", NULL, 0, kinds },
	{ "owner", read_text, IN(owner), 0, "sources", NULL },
	{ "ip", read_ip, 0, 0, "sources", NULL },
	{ "dkim_domain", read_dkim_domain, 0, 0, "sources", NULL },
	{ "envelope", read_envelope, 0, 0, "sources", NULL },
	{ "rdns", read_rdns, 0, 0, "sources", NULL },
	{ "asn", read_asn, 0, UINT32_MAX, "sources", NULL },
};
static const struct key list_table[] = {
	{ "name", read_text, IN(name), 0, "lists", NULL },
	{ "software", read_software, 0, 0, "lists", NULL },
	{ "owner", read_text, IN(owner), 0, "lists", NULL },
	{ "ip", read_ip, 0, 0, "lists", NULL },
	{ "dkim_domain", read_dkim_domain, 0, 0, "lists", NULL },
	{ "envelope", read_envelope, 0, 0, "lists", NULL },
	{ "rdns", read_rdns, 0, 0, "lists", NULL },
	{ "asn", read_asn, 0, UINT32_MAX, "lists", NULL },
};

const struct keys source_keys = { "sources", KEYS(source_table) };
const struct keys list_keys = { "lists", KEYS(list_table) };
