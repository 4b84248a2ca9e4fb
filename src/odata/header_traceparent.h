/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_HEADER_TRACEPARENT_H
#define GP_HEADER_TRACEPARENT_H

/** Sizes of texts, each with its NUL. */
#define GP_TRACEPARENT_SIZE 56 /* "00-" trace id "-" parent id "-" flags */
#define GP_TRACE_ID_SIZE    33

/** The trace of a request, in lower-case hexadecimal digits. */
typedef struct {
    char parent[GP_TRACEPARENT_SIZE]; /* the header in the form of version 00 */
    char id[GP_TRACE_ID_SIZE];
} gp_trace;

/**
 * Read a traceparent header (W3C Trace Context, section 3.2). From a version after 00, only the parts that
 * section 3.2.2 defines for it are used: the ids and the sampled flag.
 * @param value  NULL: none
 * @param trace  receives the trace
 * @return non-zero on success; zero if the header is missing or malformed: then do not use any part of it
 */
int gp_header_traceparent(const char *value, gp_trace *trace);

#endif
