/*
 * Whether text is well-formed XML: elements nest and end, attributes are quoted and come once, references are
 * known, each character is allowed. For tests of what writes pages and drawings.
 *
 * Threads: pure. Ownership: the complaint points to static text or into the caller's buffer.
 */
#ifndef TS_REPORTS_XML_CHECK_H
#define TS_REPORTS_XML_CHECK_H

#include <stddef.h>

struct xml_complaint {
    char text[200];
};

/* NULL: well-formed. A <!DOCTYPE ...> is passed over. */
const char *xml_check(const char *text, struct xml_complaint *complaint);

#endif
