/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_TRACEPARENT_H
#define GP_TRACEPARENT_H

/** Sizes of texts, each with its NUL. */
#define GP_TRACEPARENT_SIZE 56 /* "00-" trace id "-" parent id "-" flags */
#define GP_TRACE_ID_SIZE    33

/** The trace that a request belongs to, in lower-case hexadecimal digits. */
typedef struct {
    char parent[GP_TRACEPARENT_SIZE]; /* the header in the form of version 00 */
    char id[GP_TRACE_ID_SIZE];
} gp_trace;

/**
 * Read a traceparent header (W3C Trace Context, section 3.2). Of a version after 00 only what section 3.2.2
 * defines for such counts: the ids and the sampled flag.
 * @param value  NULL: there is none
 * @param trace  receives the trace
 * @return non-zero; zero where there is none or it is malformed: then no part of it is to be used
 */
int gp_traceparent_parse(const char *value, gp_trace *trace);

#endif
