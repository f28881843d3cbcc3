/* openapi: the description of the JSON API (OpenAPI 3.1), written from the tables that answer it: routes, acts and parameters.
 * Nothing in it is said twice, so that it cannot say what is not so; tests/api holds every answer to it.
 * Neighbours: route.c and act.c have the paths, param.c the parameters; route.c serves it at /api/v1/openapi.json. */
#ifndef WEB_OPENAPI_H
#define WEB_OPENAPI_H
#include "base/buf.h"

/* Appends the whole document. */
void openapi_print(struct buf *out, const char *version);
#endif
