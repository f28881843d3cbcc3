/* oauth_advice: see oauth_advice.h. The codes are Microsoft's ("AADSTS...", which its descriptions begin with) and
 * those of RFC 6749 5.2 and 8628 3.5; doc/exchange-online.md and doc/gmail.md say the same at length. */
#include "daemon/oauth_advice.h"

#include "base/text.h"

/* A description that begins with this; the first that fits. */
static const struct {
	const char *code, *advice;
} described[] = {
	{ "AADSTS7000215",
	  "the client secret is wrong: client_secret_file must hold the secret's Value, not its Secret ID" },
	{ "AADSTS7000222", "the client secret has expired: make a new one for the application and put its Value into "
			   "client_secret_file" },
	{ "AADSTS7000218",
	  "the application asks for a secret: for a device code, allow public client flows in its Authentication" },
	{ "AADSTS700016",
	  "client_id is no application of this tenant: compare client_id and tenant with the application's "
	  "Overview" },
	{ "AADSTS700027", "the certificate is not among the application's: upload it under Certificates & secrets" },
	{ "AADSTS700024", "the time of this machine is wrong: set its clock" },
	{ "AADSTS700082", "the sign-in has expired, unused for too long" },
	{ "AADSTS90002",
	  "there is no such tenant: tenant must be the Directory (tenant) ID of the application's Overview" },
	{ "AADSTS900023",
	  "there is no such tenant: tenant must be the Directory (tenant) ID of the application's Overview" },
	{ "AADSTS70011", "scope must be https://outlook.office365.com/.default for an application of its own" },
	{ "AADSTS1002012", "scope must be https://outlook.office365.com/.default for an application of its own" },
	{ "AADSTS500011", "scope names no service of this tenant: leave it out, or compare it with the documentation" },
	{ "AADSTS65001", "consent is missing: an administrator must grant it under API permissions" },
	{ "AADSTS7000112", "the application is disabled: enable it under Enterprise applications" },
	{ "AADSTS50173", "the password of the account was changed since the sign-in" },
	{ "AADSTS53003",
	  "a Conditional Access policy blocks this sign-in: exclude the application or this machine's address" },
};

static const char *service_account_advice(struct slice error, struct slice description)
{
	if (slice_is(error, "unauthorized_client") || slice_is(error, "access_denied"))
		return "domain-wide delegation is missing: in the Admin console, allow the service account's client ID "
		       "the scope https://mail.google.com/ (it may take some hours to hold)";
	if (slice_is(error, "invalid_scope"))
		return "scope must be https://mail.google.com/";
	if (slice_is(error, "invalid_grant") && text_find_nocase(description, SLICE("JWT")) != NULL)
		return "the key was deleted or the time of this machine is wrong: compare the key with the service "
		       "account's, and the clock";
	if (slice_is(error, "invalid_grant"))
		return "subject is no mailbox of this organisation, or the service account is gone";
	return slice_is(error, "invalid_client") ? "the service account is gone or disabled" : NULL;
}

static const char *grant_advice(enum oauth_flow flow)
{
	switch (flow) {
	case OAUTH_DEVICE_CODE: /* what next is said by the caller, who knows the name */
		return "the sign-in is no longer valid";
	case OAUTH_REFRESH_TOKEN:
		return "the refresh token is no longer valid";
	default:
		return "what is in the configuration is no longer valid";
	}
}

static const char *error_advice(enum oauth_flow flow, struct slice error)
{
	if (slice_is(error, "invalid_grant") || slice_is(error, "interaction_required"))
		return grant_advice(flow);
	if (slice_is(error, "invalid_client"))
		return "client_id or its secret is wrong, or has expired";
	if (slice_is(error, "unauthorized_client"))
		return "the application is not allowed to ask in this way: compare client_id and flow with its "
		       "registration";
	if (slice_is(error, "invalid_scope"))
		return "scope is not one that this server knows, or not one that was consented to";
	if (slice_is(error, "access_denied"))
		return "the sign-in was declined";
	if (slice_is(error, "expired_token"))
		return "nobody signed in in time: begin again";
	return NULL;
}

const char *oauth_advice_token(enum oauth_flow flow, struct slice error, struct slice description)
{
	if (flow == OAUTH_SERVICE_ACCOUNT)
		return service_account_advice(error, description);
	for (size_t i = 0; i < sizeof described / sizeof *described; i++) {
		struct slice code = slice_of(described[i].code);

		/* whole: AADSTS70002 is not AADSTS700024 */
		if (text_starts_nocase(description, code) &&
		    (description.len == code.len || description.ptr[code.len] == ':'))
			return described[i].advice;
	}
	return error_advice(flow, error);
}

/* --- mail servers --- */

static bool holds(struct slice answer, const char *words)
{
	return text_find_nocase(answer, slice_of(words)) != NULL;
}

static bool is_at(const struct oauth_config *c, const char *domain)
{
	return c->token_url != NULL && strstr(c->token_url, domain) != NULL;
}

#define TOKEN_GOOD "the token is good, the mailbox is not open to it: "
#define FULL_ACCESS "Add-MailboxPermission -AccessRights FullAccess"
#define IMAP_ON "Set-CASMailbox -ImapEnabled $true"
#define USER_SCOPE "https://outlook.office365.com/IMAP.AccessAsUser.All offline_access"

static const char *exchange_token_advice(const struct oauth_config *c, const struct oauth_claims *t)
{
	bool app = c->flow == OAUTH_CLIENT_CREDENTIALS;

	if (!t->readable)
		return NULL;
	if (!t->for_mail && app)
		return "the token is not for Exchange Online: scope must be https://outlook.office365.com/.default";
	if (!t->for_mail)
		return "the token is not for Exchange Online: scope must be " USER_SCOPE;
	if (app && !t->may_app)
		return "the token carries no role IMAP.AccessAsApp: add this application permission of Office 365 "
		       "Exchange Online under API permissions, and have an administrator grant consent";
	if (!app && !t->may_user)
		return "the token carries no scope IMAP.AccessAsUser.All: add this delegated permission under API "
		       "permissions, and sign in again";
	return NULL;
}

static const char *exchange_advice(const struct oauth_config *c, const struct oauth_claims *t, struct slice answer)
{
	const char *of_token = exchange_token_advice(c, t);

	if (of_token != NULL)
		return of_token;
	if (holds(answer, "not connected"))
		return TOKEN_GOOD "check that `user` is the mailbox's address, that IMAP is on for it (" IMAP_ON
				  "), and " FULL_ACCESS;
	if (holds(answer, "disabled"))
		return "IMAP is switched off: " IMAP_ON " for this mailbox";
	if (!holds(answer, "AUTHENTICATE failed"))
		return NULL;
	if (c->flow == OAUTH_CLIENT_CREDENTIALS)
		return TOKEN_GOOD "New-ServicePrincipal with the object ID of the Enterprise application (not of the "
				  "app registration), " FULL_ACCESS " for it, " IMAP_ON
				  "; they take up to an hour to hold";
	return "the one who signed in may not open this mailbox: compare `user`, " FULL_ACCESS ", " IMAP_ON;
}

static const char *google_advice(const struct oauth_config *c, struct slice answer)
{
	if (holds(answer, "not enabled for IMAP") || holds(answer, "IMAP access is disabled"))
		return "IMAP is switched off: in the Admin console, Apps, Google Workspace, Gmail, End User Access, "
		       "switch it on";
	if (holds(answer, "\"scope\"") || holds(answer, "insufficient"))
		return "the token is not for mail: scope must be https://mail.google.com/";
	if (!holds(answer, "Invalid credentials") && !holds(answer, "AUTHENTICATIONFAILED"))
		return NULL;
	if (c->flow == OAUTH_SERVICE_ACCOUNT)
		return "the token is not for this mailbox: subject and `user` must be the same address, and IMAP be on "
		       "for it";
	return "the token is not for this mailbox: `user` must be the account that signed in, with the scope "
	       "https://mail.google.com/";
}

const char *oauth_advice_mailbox(const struct oauth_config *c, const struct oauth_claims *claims, struct slice answer)
{
	if (c->flow == OAUTH_SERVICE_ACCOUNT || is_at(c, "googleapis.com"))
		return google_advice(c, answer);
	if (c->tenant != NULL || is_at(c, "login.microsoftonline."))
		return exchange_advice(c, claims, answer);
	return NULL;
}
