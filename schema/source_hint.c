/* source_hint: see source_hint.h. Domains that the software or service is commonly known to sign or bounce under: guesses, which
 * the operator's own rules come before. Lists stand first, for a list is the last to handle a mail, whoever sent it before;
 * domains stand before labels, which say less. */
#include "schema/source_hint.h"

#include "base/text.h"

enum { MOST_PATTERNS = 4 };

#define TEXT(s) { s, sizeof(s) - 1 }
#define DOMAINS(...) { __VA_ARGS__ }

static const struct hint {
	struct slice name;
	enum source_kind kind;
	struct slice domains[MOST_PATTERNS], labels[MOST_PATTERNS]; /* filled from the front */
	enum list_software software;
} hints[] = {
	{ TEXT("JISCMail"), KIND_LIST, DOMAINS(TEXT("jiscmail.ac.uk")), .software = SOFTWARE_LISTSERV },
	{ TEXT("Google Groups"), KIND_LIST, DOMAINS(TEXT("googlegroups.com")), .software = SOFTWARE_GOOGLE_GROUPS },
	{ TEXT("Microsoft 365 groups"), KIND_LIST, DOMAINS(TEXT("groups.outlook.com")), .software = SOFTWARE_MICROSOFT_365 },
	{ TEXT("groups.io"), KIND_LIST, DOMAINS(TEXT("groups.io")), .software = SOFTWARE_OTHER },
	{ TEXT("L-Soft LISTSERV hosting"), KIND_LIST, DOMAINS(TEXT("ease.lsoft.com")), .software = SOFTWARE_LISTSERV },
	{ TEXT("Simplelists"), KIND_LIST, DOMAINS(TEXT("simplelists.com")), .software = SOFTWARE_OTHER },
	{ TEXT("Topicbox"), KIND_LIST, DOMAINS(TEXT("topicbox.com")), .software = SOFTWARE_OTHER },
	{ TEXT("Mail-List.com"), KIND_LIST, DOMAINS(TEXT("mail-list.com")), .software = SOFTWARE_OTHER },
	{ TEXT("FreeLists"), KIND_LIST, DOMAINS(TEXT("freelists.org")), .software = SOFTWARE_OTHER },
	{ TEXT("RENATER lists"), KIND_LIST, DOMAINS(TEXT("groupes.renater.fr"), TEXT("listes.renater.fr")), .software = SOFTWARE_SYMPA },
	{ TEXT("vger.kernel.org lists"), KIND_LIST, DOMAINS(TEXT("vger.kernel.org")), .software = SOFTWARE_OTHER },
	{ TEXT("LISTSERV"), KIND_LIST, .labels = { TEXT("listserv") }, .software = SOFTWARE_LISTSERV },
	{ TEXT("Mailman"), KIND_LIST, .labels = { TEXT("mailman"), TEXT("mailman3") }, .software = SOFTWARE_MAILMAN },
	{ TEXT("Sympa"), KIND_LIST, .labels = { TEXT("sympa") }, .software = SOFTWARE_SYMPA },
	{ TEXT("Groups (software unknown)"), KIND_LIST, .labels = { TEXT("groups"), TEXT("googlegroups") } },
	{ TEXT("Mailing lists (software unknown)"), KIND_LIST,
	  .labels = { TEXT("lists"), TEXT("list"), TEXT("listes"), TEXT("majordomo") } },

	{ TEXT("Forward Email"), KIND_FORWARDER, DOMAINS(TEXT("forwardemail.net")) },
	{ TEXT("Cloudflare Email Routing"), KIND_FORWARDER, DOMAINS(TEXT("email.cloudflare.net")) },

	{ TEXT("Amazon SES"), KIND_SERVICE, DOMAINS(TEXT("amazonses.com")) },
	{ TEXT("Mailchimp Transactional"), KIND_SERVICE, DOMAINS(TEXT("mandrillapp.com")) },
	{ TEXT("Mailchimp"), KIND_SERVICE, DOMAINS(TEXT("mcsv.net"), TEXT("mcdlv.net"), TEXT("rsgsv.net"), TEXT("mailchimp.com")) },
	{ TEXT("SendGrid"), KIND_SERVICE, DOMAINS(TEXT("sendgrid.net"), TEXT("sendgrid.com")) },
	{ TEXT("Mailgun"), KIND_SERVICE, DOMAINS(TEXT("mailgun.org"), TEXT("mailgun.net"), TEXT("mailgun.com")) },
	{ TEXT("Postmark"), KIND_SERVICE, DOMAINS(TEXT("mtasv.net"), TEXT("postmarkapp.com")) },
	{ TEXT("SparkPost"), KIND_SERVICE, DOMAINS(TEXT("sparkpostmail.com"), TEXT("sparkpost.com")) },
	{ TEXT("Mailjet"), KIND_SERVICE, DOMAINS(TEXT("mailjet.com")) },
	{ TEXT("SMTP2GO"), KIND_SERVICE, DOMAINS(TEXT("smtp2go.com")) },
	{ TEXT("Brevo"), KIND_SERVICE, DOMAINS(TEXT("sendinblue.com"), TEXT("brevo.com"), TEXT("brevosend.com")) },
	{ TEXT("Salesforce Marketing Cloud"), KIND_SERVICE,
	  DOMAINS(TEXT("exacttarget.com"), TEXT("mc.salesforce.com"), TEXT("pardot.com")) },
	{ TEXT("Salesforce"), KIND_SERVICE, DOMAINS(TEXT("salesforce.com")) },
	{ TEXT("HubSpot"), KIND_SERVICE, DOMAINS(TEXT("hubspotemail.net"), TEXT("hubspot.com")) },
	{ TEXT("Adobe Marketo"), KIND_SERVICE, DOMAINS(TEXT("mktomail.com"), TEXT("marketo.com")) },
	{ TEXT("Oracle Eloqua"), KIND_SERVICE, DOMAINS(TEXT("en25.com"), TEXT("eloqua.com")) },
	{ TEXT("Constant Contact"), KIND_SERVICE, DOMAINS(TEXT("ccsend.com"), TEXT("constantcontact.com")) },
	{ TEXT("Campaign Monitor"), KIND_SERVICE, DOMAINS(TEXT("createsend.com"), TEXT("campaignmonitor.com")) },
	{ TEXT("ActiveCampaign"), KIND_SERVICE, DOMAINS(TEXT("activecampaign.com")) },
	{ TEXT("Klaviyo"), KIND_SERVICE, DOMAINS(TEXT("klaviyomail.com"), TEXT("klaviyo.com")) },
	{ TEXT("MailerLite"), KIND_SERVICE, DOMAINS(TEXT("mlsend.com"), TEXT("mailerlite.com")) },
	{ TEXT("Emma"), KIND_SERVICE, DOMAINS(TEXT("e2ma.net")) },
	{ TEXT("Customer.io"), KIND_SERVICE, DOMAINS(TEXT("customeriomail.com")) },
	{ TEXT("Zendesk"), KIND_SERVICE, DOMAINS(TEXT("zendesk.com")) },
	{ TEXT("Freshdesk"), KIND_SERVICE, DOMAINS(TEXT("freshdesk.com")) },
	{ TEXT("Intercom"), KIND_SERVICE, DOMAINS(TEXT("intercom-mail.com"), TEXT("intercom.io")) },
	{ TEXT("ServiceNow"), KIND_SERVICE, DOMAINS(TEXT("service-now.com")) },
	{ TEXT("Atlassian"), KIND_SERVICE, DOMAINS(TEXT("atlassian.net"), TEXT("atlassian.com")) },
	{ TEXT("Qualtrics"), KIND_SERVICE, DOMAINS(TEXT("qualtrics.com"), TEXT("qemailserver.com")) },
	{ TEXT("SurveyMonkey"), KIND_SERVICE, DOMAINS(TEXT("surveymonkey.com"), TEXT("surveymonkeyuser.com")) },
	{ TEXT("DocuSign"), KIND_SERVICE, DOMAINS(TEXT("docusign.net"), TEXT("docusign.com")) },
	{ TEXT("Adobe Acrobat Sign"), KIND_SERVICE, DOMAINS(TEXT("adobesign.com"), TEXT("echosign.com")) },
	{ TEXT("Cvent"), KIND_SERVICE, DOMAINS(TEXT("cvent.com")) },
	{ TEXT("Eventbrite"), KIND_SERVICE, DOMAINS(TEXT("eventbrite.com")) },
	{ TEXT("Canvas (Instructure)"), KIND_SERVICE, DOMAINS(TEXT("instructure.com")) },
	{ TEXT("Blackboard"), KIND_SERVICE, DOMAINS(TEXT("blackboard.com")) },
	{ TEXT("Workday"), KIND_SERVICE, DOMAINS(TEXT("myworkday.com"), TEXT("workday.com")) },
};

static size_t filled(const struct slice patterns[MOST_PATTERNS])
{
	size_t n = 0;

	while (n < MOST_PATTERNS && patterns[n].ptr != NULL)
		n++;
	return n;
}

static struct source_rule rule_of(const struct hint *h)
{
	size_t domains = filled(h->domains);

	return (struct source_rule){
		.name = h->name, .kind = h->kind, .software = h->software, .hint = true, .dkim_domains = h->domains, .dkim_domain_count = domains,
		.envelopes = h->domains, .envelope_count = domains, .envelope_labels = h->labels,
		.envelope_label_count = filled(h->labels),
	};
}

static bool has_name(struct source_rules rules, struct slice name)
{
	for (size_t i = 0; i < rules.n; i++)
		if (text_eq_nocase(rules.rule[i].name, name))
			return true;
	return false;
}

struct source_rules source_hints_behind(struct arena *a, struct source_rules own)
{
	const size_t count = sizeof hints / sizeof *hints;
	struct source_rule *rule = arena_array(a, own.n + count, sizeof *rule);
	size_t n = own.n;

	if (own.n > 0)
		memcpy(rule, own.rule, own.n * sizeof *rule);
	for (size_t i = 0; i < count; i++)
		if (!has_name(own, hints[i].name))
			rule[n++] = rule_of(&hints[i]);
	return (struct source_rules){ rule, n };
}
