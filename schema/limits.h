/* limits: every ceiling of ruad, with its unit and its reason. Each is checked before anything is allocated for it. */
#ifndef SCHEMA_LIMITS_H
#define SCHEMA_LIMITS_H

/* --- What one mail or file may hold (FORMATS 2.2). Absolute sizes: a ratio guard would refuse genuine reports. --- */
enum {
	LIMIT_MAIL_BYTES = 25 * 1024 * 1024,            /* common largest mail; Exchange Online's default is the same */
	LIMIT_PART_BYTES = 64 * 1024 * 1024,            /* one document unpacked: 17 times the largest genuine one seen */
	LIMIT_EXPANDED_BYTES = 128 * 1024 * 1024,       /* all that one mail unpacks to */
	LIMIT_ROWS = 200 * 1000,                        /* rows of a report: 56 times the most seen; half a million fit in 1 MB gz */
	LIMIT_XML_DEPTH = 32,                           /* the schema needs 6; libxml2 has no depth guard in SAX mode */
	LIMIT_XML_TEXT_BYTES = 64 * 1024,               /* text of one element; comments of overrides are under 1 kB */
	LIMIT_XML_UNREAD_BYTES = 64 * 1024,             /* input the parser holds back: stops the attribute hang (LIBRARIES 2.5) */
	LIMIT_XML_NAMES = 10 * 1000,                    /* distinct names of a document: libxml2 slows down with them */
	LIMIT_XML_ATTRIBUTES = 100,                     /* of one element; the schemas have one, namespaces add a few */
	LIMIT_XML_CHUNK_BYTES = 16 * 1024,              /* how much is fed at once, so that the guard above sees it in time */
	LIMIT_REPAIR_BYTES = 8 * 1024 * 1024,           /* a damaged document is held whole to be mended: twice the largest seen */
	LIMIT_REPAIRED_BYTES = 12 * 1024 * 1024,        /* what mending may make of it: escapes are longer than what they stand for */
	LIMIT_DOCUMENTS = 100,                          /* one behind the other in a damaged file */
	LIMIT_LABEL_BYTES = 1024,                       /* a file's or member's name, where it is shown */
	LIMIT_MIME_PARTS = 100,                         /* leaves of one mail */
	LIMIT_HEADERS = 1000,                           /* header lines of one mail, its parts' included */
	LIMIT_HEADER_BYTES = 64 * 1024,                 /* one header with its folded lines */
	LIMIT_STRAY_LINES = 20 * 1000,                  /* lines in bodies that only look like headers or boundaries */
	LIMIT_MIME_DEPTH = 8,                           /* multipart and message/rfc822 nesting */
	LIMIT_CONTAINER_DEPTH = 3,                      /* gz in zip in gz; none deeper was ever seen */
	LIMIT_ARCHIVE_ENTRIES = 100,                    /* files of one archive */
	LIMIT_MAIL_ENTRIES = 200,                       /* files of all archives of one mail: archives lie in archives */
	LIMIT_INNER_MAIL_BYTES = 8 * 1024 * 1024,       /* mails inside of one mail, together: each is held whole */
	LIMIT_REASONS_PER_ROW = 16,                     /* two were seen at most */
	LIMIT_AUTH_PER_ROW = 100,                       /* RFC 9990 3.1.3: at most 100 DKIM signatures a row */
	LIMIT_JSON_BYTES = 2 * 1024 * 1024,             /* a TLS report: jansson needs up to 20 bytes for one of input */
	LIMIT_TLS_ITEMS = 10 * 1000,                    /* policies of a TLS report, failures of a policy */
	LIMIT_UNKNOWN = 1000 * 1000,                    /* elements of a report that no schema has: five for every row */
	LIMIT_RESULTS = 400 * 1000,                     /* signatures, SPF results and reasons of a report: two for every row */
	LIMIT_NOTES = 64,                               /* repairs, warnings, errors or extension names kept of one report */
};

/* --- What a verdict takes for a stranger (UX 7.3) --- */
enum {
	LIMIT_ONCE_MESSAGES = 5, /* as many messages are no single try */
	LIMIT_ROLLOUT_PAIRS = 250 * 1000, /* of From domains and receivers: the planner tells no more apart, some 100 MB */
	LIMIT_ONCE_DAYS = 14,    /* with data: in fewer, senders that come every week or two are seen once as well */
};

/* --- What the processes say to each other --- */
enum {
	LIMIT_FRAME_BYTES = 160 * 1024 * 1024,          /* one report as a frame: LIMIT_EXPANDED_BYTES and its lengths */
	LIMIT_PARSERS = 8,                              /* parse processes at once, at most one a core */
	LIMIT_PARSE_MS = 10 * 1000,                     /* one mail; the worst that is refused takes under 2 s */
	LIMIT_PARSER_MESSAGES = 20 * 1000,              /* then a parse process is replaced by a fresh one */
	LIMIT_PARSER_CPU_S = 600,                       /* of one parse process: 20,000 mails at their usual cost take 10 */
	LIMIT_PARSER_MEMORY_BYTES = 256 * 1024 * 1024,  /* its address space; 96 MB resident are meant to do */
	LIMIT_IN_FLIGHT_MESSAGES = 256,                 /* sent to a parser, not yet answered */
	LIMIT_IN_FLIGHT_BYTES = 8 * 1024 * 1024,        /* the same in bytes; one larger message may go alone */
};

/* --- Where reports come from --- */
enum {
	LIMIT_SOURCES = 32,                             /* blocks of `mail`: a process each */
	LIMIT_UNSETTLED_MESSAGES = 4096,                /* put to the store by one source, not yet durable */
	LIMIT_PLACE_BYTES = 1024,                       /* of a mail in its mailbox, of a mailbox */
	LIMIT_ERRAND_MS = 10 * 1000,                    /* a configured command (LIBRARIES 2.2) */
	LIMIT_ERRAND_BYTES = 64 * 1024,                 /* what it may print */
	LIMIT_CONNECT_MS = 10 * 1000,                   /* to one address of a server (LIBRARIES 2.2); TLS may take as long again */
	LIMIT_TOKEN_MS = 30 * 1000,                     /* one answer of a token server (LIBRARIES 2.2) */
	LIMIT_CERTIFICATE_BYTES = 256 * 1024,           /* a file with a certificate and its chain, or a key: 30 times the usual */
	LIMIT_TOKEN_ANSWER_BYTES = 64 * 1024,           /* likewise; Exchange Online's is 3 kB */
	LIMIT_TOKEN_REQUEST_BYTES = 512 * 1024,         /* a form: secrets of LIMIT_SECRET_BYTES, three bytes for one */
	LIMIT_TOKEN_BYTES = 16 * 1024,                  /* a token; Exchange Online's has 2 kB */
	LIMIT_TOKEN_S = 24 * 3600,                      /* that one is used without asking again; an hour is usual */
	LIMIT_SIGN_IN_S = 3600,                         /* that a person may take to sign in; 15 minutes are usual */
	LIMIT_NOTICES = 16,                             /* on their way to the tell role at once; the others wait in the database */
	LIMIT_NOTICE_BYTES = 60 * 1024,                 /* text of one: a digest is 4 kB; a wire string takes 64 kB */
	LIMIT_NOTICE_ALERTS = 50,                       /* alerts told in one notice */
	LIMIT_SECRET_BYTES = 64 * 1024,                 /* a file that holds a secret: a key in PEM is 4 kB */
	LIMIT_ANSWER_MS = 120 * 1000,                   /* a mail server's silence: a search in a large mailbox takes a minute */
	LIMIT_IMAP_LINE_BYTES = 8 * 1024 * 1024,        /* a response without its literals: a SEARCH that names a million mails */
	LIMIT_IMAP_LITERALS = 16,                       /* of one response: a mail is one */
	LIMIT_IMAP_RANGES = 1000 * 1000,                /* of a set of mails: eight bytes each, and a set is one search's */
};

/* --- What is asked of DNS, and what it answers --- */
enum {
	LIMIT_LOOKUPS = 4096,                           /* sent to the look-up process, not yet answered */
	LIMIT_DNS_IN_FLIGHT = 32,                       /* questions sent to servers, not yet answered (LIBRARIES 2.7) */
	LIMIT_DNS_NAMES = 20 * 1000,                    /* names watched: reports choose them, and each is asked for once a day */
	LIMIT_DNS_RECORDS = 256,                        /* TXT records of a name: verifications leave dozens behind */
	LIMIT_DNS_TEXT_BYTES = 16 * 1024,               /* all of a name's records as they are kept: the busiest seen have 6 kB */
	LIMIT_DNS_VALUES = 100,                         /* of a name, one behind the other: a record that changes daily is nobody's */
	LIMIT_DNS_RECORD_BYTES = 8 * 1024,              /* one record, its strings joined: a DKIM key of 4096 bits takes 750 */
	LIMIT_DNS_MENTIONED = 4 * 1000,                 /* of LIMIT_DNS_NAMES those that records of others mention: whoever writes
	                                                   such a record may not crowd out what reports name */
	LIMIT_DNS_MENTIONS = 20,                        /* names that one record mentions; SPF allows ten look-ups in all */
	LIMIT_LINT_FINDINGS = 200,                      /* of one domain's records: a record of 8 kB can be wrong a thousand times */
	LIMIT_RECORD_TAGS = 64,                         /* of a DMARC or DKIM record: RFC 9989 and 6376 know a dozen */
	LIMIT_SPF_TERMS = 200,                          /* of one record: long ones list a hundred networks */
	LIMIT_SPF_RECORDS = 64,                         /* in one tree of look-ups: six times what receivers follow */
	LIMIT_SPF_DEPTH = 10,                           /* of includes: receivers give up before (RFC 7208 4.6.4) */
	LIMIT_REVERSE_NAMES = 3,                        /* names of an address that are confirmed: one is usual */
};

/* --- What a change of policy is measured with; less is too little to tell --- */
enum {
	LIMIT_POLICIES_A_DAY = 64,                      /* of one domain, stated by one receiver: a change makes two or three; each is
	                                                   held against all others */
	LIMIT_TRANSITION_DAYS = 3,                      /* before, and as many after: two may both be odd ones */
	LIMIT_TRANSITION_SPAN_DAYS = 91,                /* of one of the two, at most: what was a season ago is another time */
	LIMIT_TRANSITION_RECEIVERS = 2,                 /* compared: one may have changed a rule of its own that week */
	LIMIT_TRANSITION_SOUND = 20,                    /* sound messages of a receiver before, and after: of fewer chance alone
	                                                   makes half as many or twice as many, and they scale all else */
	LIMIT_TRANSITION_EXPECTED = 20,                 /* failing messages that a group would have: of fewer, none is no news */
	LIMIT_TRANSITION_REWRITES_PERCENT = 25,         /* of a list's failing mail may be left where it is said to rewrite now:
	                                                   old servers and exempted domains keep some (UX 7.2) */
	LIMIT_TRANSITION_SAME_PERCENT = 10,             /* more or less than that is a change, where the days are sure of it */
};

/* --- What is stored and shown --- */
enum {
	LIMIT_COUNT = 1000 * 1000 * 1000,               /* messages of one row: above it a count is flagged and cut, so that no
	                                                   sum over the store can overflow 63 bits */
	LIMIT_COMMIT_ROWS = 200 * 1000,                 /* rows of one transaction (STORAGE 4: 200k rows cost 0.3 to 0.6 s) */
	LIMIT_RAW_BYTES = 65 * 1024 * 1024,             /* one mail or file as it is kept: LIMIT_PART_BYTES, and what shows that
	                                                   a larger one was cut */
	LIMIT_PROFILE_CACHE = 100 * 1000,               /* profiles the writer keeps in memory before it starts afresh */
	LIMIT_ADDRESS_CACHE = 500 * 1000,               /* addresses likewise */
	LIMIT_CHART_DAYS = 92,                          /* a longer period is shown by month (UX 3) */
	LIMIT_OVERVIEW_ROWS = 50 * 1000,                /* more than so many rows are not told apart by address in passing */
	LIMIT_DETAIL_ROWS = 500 * 1000,                 /* more than so many are not read for the details of one sender: 40 ms */
	LIMIT_SELECTOR_ROWS = 150 * 1000,               /* nor for the DKIM keys of a domain, which a week of reports names: 12 ms */
	LIMIT_TLS_READ = 20 * 1000,                     /* policies of TLS reports that a page reads: a year of ten domains and five reporters */
	LIMIT_PARAM_BYTES = 2048,                       /* one query parameter */
	LIMIT_PAGE_ROWS = 1000,                         /* `limit=` of a page (UX 11) */
	LIMIT_RESPONSE_BYTES = 64 * 1024 * 1024,        /* one page; exports stream and have none */
	LIMIT_UPLOAD_BYTES = LIMIT_MAIL_BYTES + 64 * 1024, /* a request that brings files: as large as a mail, and what a form adds */
	LIMIT_FORM_BYTES = 64 * 1024,                   /* one that brings fields alone: the largest has a kilobyte */
	LIMIT_BODIES_BYTES = 4 * LIMIT_UPLOAD_BYTES,    /* bodies of all requests together, held in memory */
	LIMIT_ASKED = 64,                               /* requests that wait for the store at once: each holds a connection */
	LIMIT_ASKED_MS = 30 * 1000,                     /* that one waits: a commit takes a second, a large file ten to be read */
	LIMIT_DOCUMENT_BYTES = 32 * 1024 * 1024,        /* a kept document on its way to a page: four times the largest seen, and
	                                                   a parser holds it whole */
	LIMIT_GRANTS = 10 * 1000,                       /* sessions: the oldest give way */
	LIMIT_SESSIONS_OF_ONE = 1000,                   /* that one user, or one link, has at once: so that nobody ends all others' */
	LIMIT_GRANT_NAME_BYTES = 200,                   /* what a link or token is for, and who somebody is */
	LIMIT_GRANT_SCOPE_BYTES = 8 * 1024,             /* trees or sources of one: three hundred departments fit */
	LIMIT_JOURNAL_LINES = 5 * 1000,                 /* notes, confirmations or blockers, of each: four a week for twenty years */
	LIMIT_JOURNAL_TEXT_BYTES = 2000,                /* of what is written in one field of them: a long paragraph */
	LIMIT_AUDIT_LINES = 100 * 1000,                 /* of the audit log: a hundred changes a day for years */
	LIMIT_FREE_BYTES = 512 * 1024 * 1024,           /* less free disk than that is said to be a fault: a large commit and its
	                                                   log take a quarter of it */
	LIMIT_METRIC_REPORTERS = 200,                   /* reporters with series of their own: names from outside are endless */
	LIMIT_METRIC_NAME_BYTES = 100,                  /* and how long such a name may be; twice as long when quoted */
	LIMIT_RETENTION_DAYS = 100 * 365,               /* that anything is kept: longer is for ever, which is 0 */
	LIMIT_FIXES = 12,                               /* fixes of sources tried in all combinations, the strongest: 4,096 of them */
	LIMIT_CONFIG_BYTES = 1024 * 1024,               /* ruad.conf */
};
#endif
