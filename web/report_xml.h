/* report_xml: a stored report as XML again: for those who may see only some of its rows, and where the bytes that were sent are
 * no longer kept. Made of what is stored and never cut out of the document, so that nothing else can be in it.
 * Neighbours: act_source.c; xml_out.h. */
#ifndef WEB_REPORT_XML_H
#define WEB_REPORT_XML_H
#include "web/page.h"

/* Appends the report with the rows that the filter keeps, REPORT_XML_ROWS at most: 1, 0 where there is no such report for whoever
 * asks, -1 err. */
enum { REPORT_XML_ROWS = 10000 };
int report_xml(struct page *p, int64_t id, struct buf *out, struct err *err);
#endif
