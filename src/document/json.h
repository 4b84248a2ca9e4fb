/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_JSON_H
#define GP_JSON_H

#include <apr_pools.h>
#include <stdbool.h>

/**
 * What is called as a JSON text is read. Each call returns non-zero to go on, zero to stop there.
 * Strings and names arrive decoded, are valid UTF-8, hold no U+0000, are not NUL-terminated and
 * live only during the call; a number arrives as it was written.
 */
typedef struct {
    int (*null)(void *baton);
    int (*boolean)(void *baton, int value);
    int (*number)(void *baton, const char *text, apr_size_t length);
    int (*string)(void *baton, const char *text, apr_size_t length);
    int (*name)(void *baton, const char *text, apr_size_t length);
    int (*begin_object)(void *baton);
    int (*end_object)(void *baton);
    int (*begin_array)(void *baton);
    int (*end_array)(void *baton);
} gp_json_events;

typedef struct gp_json gp_json;

/**
 * Start to read one JSON text (RFC 8259, in UTF-8, and as in I-JSON without lone surrogates; the
 * noncharacters, such as U+FFFE, pass). It does not bound the depth: the events must, by stopping.
 * @param events  called from gp_json_feed and gp_json_finish; must outlive the reading
 */
gp_json *gp_json_open(apr_pool_t *pool, const gp_json_events *events, void *baton);

/** The text is a line of a file: messages number lines from this one on. Call it before the first block. */
void gp_json_number_lines(gp_json *json, apr_size_t first);

/**
 * Read the next block of the text. Hand over few and large ones: a string that spans blocks
 * is looked at once for each of them.
 * @return false if the text is wrong (see gp_json_error) or an event stopped the reading
 */
bool gp_json_feed(gp_json *json, const char *block, apr_size_t length);

/** The text has ended. @return as gp_json_feed */
bool gp_json_finish(gp_json *json);

/**
 * @return what is wrong with the text and where (line, column and offset, counted from 1, 1 and 0),
 * as a sentence without any of the text itself; NULL where nothing is
 */
const char *gp_json_error(const gp_json *json);

#endif
