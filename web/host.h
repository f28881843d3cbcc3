/* host: whether a request was meant for us. A page elsewhere may have its own name lead to this address (DNS rebinding), and a browser
 * then takes our pages for its own: what gives it away is the name in the Host field. Neighbours: http.c asks. */
#ifndef WEB_HOST_H
#define WEB_HOST_H
#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>

/* Whether `host`, as the field has it (RFC 9110 7.2: a name or an address, and maybe a port), is one of `own`, in lower case and without
 * ports, or an address or "localhost", which nobody can have lead elsewhere. */
bool host_is_ours(struct slice host, const struct slice *own, size_t n);
#endif
