/* imap_read: a mail server's bytes in, its responses out (RFC 9051 section 7 and 9). Pure: no socket, no clock.
 * Literals are counted and never searched for lines, so a mail whose body imitates an answer is only a mail. Whatever
 * is too long, or is not the protocol's, ends the conversation. Neighbours: imap.c; a fuzz target,
 * tests/fuzz/fuzz_imap.c. */
#ifndef DAEMON_IMAP_READ_H
#define DAEMON_IMAP_READ_H
#include "base/buf.h"
#include "base/err.h"
#include "daemon/uid_set.h"

struct imap_reader {
	struct buf in;
	size_t taken; /* of `in`, already handed out */
	size_t at; /* how far the response in hand was looked through: `taken` and more */
	size_t line; /* where the line in hand begins */
	size_t text, held; /* bytes of the response in hand: outside of its literals, in them */
	int literals; /* how many it has */
	size_t literal_bytes, line_bytes; /* the most that a response may have in its literals; outside of them */
	bool broken;
};

enum imap_kind { IMAP_TAGGED, IMAP_UNTAGGED, IMAP_GO_ON };
enum imap_status { IMAP_NO_STATUS, IMAP_OK, IMAP_NO, IMAP_BAD, IMAP_BYE, IMAP_PREAUTH };

struct imap_response { /* its slices hold until the reader is given more */
	enum imap_kind kind;
	enum imap_status status;
	struct slice tag; /* of a tagged one */
	struct slice code; /* of a status: "TRYCREATE", "UIDVALIDITY 17"; absent where there is none */
	struct slice text; /* of a status or a continuation */
	uint32_t number; /* of untagged data: in front of the name, else 0 */
	struct slice name; /* "FETCH", "SEARCH", "EXISTS" */
	struct slice data; /* what stands behind the name, its literals in it */
};

/* `literal_bytes` is the most that is asked for; the other ceilings are those of limits.h. */
void imap_reader_init(struct imap_reader *r, size_t literal_bytes);
void imap_reader_release(struct imap_reader *r);
/* -1 where there is no room for them: the caller takes responses out before it gives more, and at most IMAP_READ_BYTES.
 */
int imap_reader_add(struct imap_reader *r, struct slice bytes);
enum { IMAP_READ_BYTES = 64 * 1024 };
/* The next whole response: 1; 0 more is needed; -1 with err: this is not IMAP, or too much of it, and stays so. */
int imap_reader_next(struct imap_reader *r, struct imap_response *out, struct err *err);
/* Whether nothing is left in it: what stands behind the answer to STARTTLS was put there by somebody else. */
bool imap_reader_is_empty(const struct imap_reader *r);

enum imap_token_kind { IMAP_ATOM, IMAP_STRING, IMAP_OPEN, IMAP_CLOSE };
struct imap_token {
	enum imap_token_kind kind;
	struct slice text; /* of an atom (NIL is one); of a string, quoted (escapes left as they are) or literal */
};
/* Takes the next token off the data of a response: 1, 0 at its end, -1 malformed. */
int imap_token_next(struct slice *data, struct imap_token *out);

struct imap_mail {
	uint32_t uid; /* 0: the server did not say */
	bool has_body;
	struct slice body; /* BODY[] */
};
/* Reads the data of a FETCH (RFC 9051 7.5.2): 0, or -1 where it is malformed. */
int imap_read_fetch(struct slice data, struct imap_mail *out);
/* Adds the data of a SEARCH or ESEARCH (RFC 9051 7.3.4, 7.3.5) to the set: 0, or -1 where it is malformed or too much.
 */
int imap_read_search(const struct imap_response *r, struct uid_set *out);
#endif
