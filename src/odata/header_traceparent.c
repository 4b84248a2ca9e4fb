/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The traceparent header of W3C Trace Context, which names the trace of a request. The value comes from the
 * client and goes to logs, so any value that does not match the specification's syntax exactly is ignored.
 */
#include "header_traceparent.h"

#include <stddef.h>
#include <string.h>

#define DIGITS "0123456789abcdef" /* upper case is not allowed (section 3.2.2.3) */

/* The offsets of the parts: version "-" trace id "-" parent id "-" flags. */
enum { TRACE_ID = 3, PARENT_ID = 36, FLAGS = 53, LENGTH = 55 };

/* Returns true if a part has this many digits; an id must not be all zeros (sections 3.2.2.3 and 3.2.2.4). */
static int is_digits(const char *part, size_t count)
{
    return strspn(part, DIGITS) == count;
}

static int is_id(const char *part, size_t count)
{
    return is_digits(part, count) && strspn(part, "0") < count;
}

/* Keeps the known flag of versions after 00: sampled, the lowest bit (section 3.2.2.5). */
static void keep_sampled(char flags[2])
{
    flags[0] = '0';
    flags[1] = (strchr(DIGITS, flags[1]) - DIGITS) % 2 != 0 ? '1' : '0';
}

int gp_header_traceparent(const char *value, gp_trace *trace)
{
    int is_first;

    /* Each check stops at a NUL, so none reads past the end. Version ff is forbidden (section 3.2.2.1). */
    if (value == NULL || !is_digits(value, 2) || strncmp(value, "ff", 2) == 0
        || value[TRACE_ID - 1] != '-' || !is_id(value + TRACE_ID, 32) || value[PARENT_ID - 1] != '-'
        || !is_id(value + PARENT_ID, 16) || value[FLAGS - 1] != '-' || !is_digits(value + FLAGS, 2))
        return 0;
    is_first = strncmp(value, "00", 2) == 0;
    if (value[LENGTH] != '\0' && (is_first || value[LENGTH] != '-'))
        return 0;
    memcpy(trace->parent, value, LENGTH);
    trace->parent[LENGTH] = '\0';
    if (!is_first) {
        memcpy(trace->parent, "00", 2);
        keep_sampled(trace->parent + FLAGS);
    }
    memcpy(trace->id, value + TRACE_ID, GP_TRACE_ID_SIZE - 1);
    trace->id[GP_TRACE_ID_SIZE - 1] = '\0';
    return 1;
}
