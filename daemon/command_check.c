/* command_check: `ruad check`: one line for each thing that ruad needs, ok or what is wrong and what to do; and signing a person
 * in where a mailbox's token is had that way. */
#include "daemon/check.h"

#include "base/log.h"
#include "daemon/oauth.h"
#include "web/json.h"

#include <stdarg.h>
#include <stdio.h>

enum { LINE_BYTES = 2048, SAID_BYTES = 1024 * 1024 };

void check_say(struct checks *k, bool well, const char *name, const char *format, ...)
{
	char text[LINE_BYTES];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	k->faults += !well;
	k->say(k->ctx, well ? "ok" : "failed", slice_of(name), slice_of(text));
}

static void run_all(struct checks *k)
{
	static void (*const all[])(struct checks *) = { check_config,      check_suffixes, check_database,
							check_raw,         check_sandbox,  check_sources,
							check_dns,         check_networks, check_alerts,
							check_certificate, check_users,    check_web };

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		all[i](k);
}

/* As it is found: some of it takes a while. What servers said is in it. */
static void say_text(void *ctx, const char *state, struct slice name, struct slice text)
{
	struct buf line;

	buf_init(&line, 4 * LINE_BYTES);
	buf_addf(&line, "%-8s  %.*s: ", state, (int)name.len, name.ptr);
	log_inert(&line, text);
	buf_add_char(&line, '\n');
	*(bool *)ctx = command_print(buf_slice(&line)) != 0 || *(bool *)ctx;
	buf_release(&line);
}

static int check_as_text(struct checks *k)
{
	bool failed = false;

	k->say = say_text;
	k->ctx = &failed;
	run_all(k);
	return failed ? -1 : 0;
}

static void say_item(void *ctx, const char *state, struct slice name, struct slice text)
{
	struct json *j = ctx;

	json_begin_object(j);
	json_key_text(j, "check", name);
	json_key_text(j, "state", slice_of(state));
	json_key_text(j, "text", text);
	json_end(j);
}

static int check_as_json(struct checks *k)
{
	struct buf out;
	struct json j;
	int rc;

	buf_init(&out, SAID_BYTES);
	json_init(&j, &out);
	k->say = say_item;
	k->ctx = &j;
	json_begin_object(&j);
	json_key(&j, "checks");
	json_begin_list(&j);
	run_all(k);
	json_end(&j);
	json_key_int(&j, "faults", k->faults);
	json_end(&j);
	json_line(&j);
	rc = command_print(buf_slice(&out));
	buf_release(&out);
	return rc;
}

/* --- signing in --- */

static void show_code(void *ctx, const char *url, const char *code)
{
	printf("Open %s and enter %s there.\n", url, code);
	fflush(stdout);
}

static const struct oauth_config *sign_in_of(const struct command *c, const char *name)
{
	for (size_t i = 0; i < c->config.oauth_count; i++)
		if (strcmp(c->config.oauth[i].name, name) == 0)
			return &c->config.oauth[i];
	return NULL;
}

static int sign_in(struct command *c, const char *name)
{
	const struct oauth_config *o = sign_in_of(c, name);
	struct err err;

	if (o == NULL || o->flow != OAUTH_DEVICE_CODE) {
		log_line("check: --sign-in %s: %s", name,
			 o == NULL ? "no block of oauth in the configuration has this name" :
				     "nobody signs in for it: its flow is not device_code");
		return EXIT_USE;
	}
	if (oauth_sign_in(o, show_code, NULL, &err) != 0)
		return command_fail(&err);
	printf("Signed in; the token is kept in %s.\n", o->token_file);
	return fflush(stdout) == 0 ? EXIT_DONE : EXIT_SYSTEM;
}

int command_check(struct command *c)
{
	static const struct option options[] = { { "format", required_argument, NULL, 'f' },
						 { "sign-in", required_argument, NULL, 's' },
						 { 0 } };
	struct checks k = { .command = c };
	const char *name = NULL;
	bool json = false;
	int option;

	while ((option = command_option(c, options)) == 'f' || option == 's') {
		if (option == 's')
			name = optarg;
		else if (command_format(c, optarg, &json) != 0)
			return EXIT_USE;
	}
	if (option != -1 || command_has_arguments(c))
		return EXIT_USE;
	if (name != NULL)
		return sign_in(c, name);
	if ((json ? check_as_json(&k) : check_as_text(&k)) != 0)
		return EXIT_SYSTEM;
	return k.faults > 0 ? EXIT_PARTLY : EXIT_DONE;
}
