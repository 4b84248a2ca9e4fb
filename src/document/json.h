/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_JSON_H
#define GP_JSON_H

#include <apr_pools.h>
#include <stdbool.h>

/**
 * Callbacks for the parts of a JSON text. Each returns non-zero to continue, zero to stop. Strings and
 * names are decoded, valid UTF-8, free of U+0000, not NUL-terminated, and valid only during the call. A
 * number is passed as written.
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
 * Start to read one JSON text (RFC 8259, in UTF-8, and as in I-JSON without lone surrogates; noncharacters,
 * such as U+FFFE, are accepted). The depth is not limited here: the callbacks must stop at their limit.
 * @param events  called from gp_json_feed and gp_json_finish; must outlive the reading
 */
gp_json *gp_json_open(apr_pool_t *pool, const gp_json_events *events, void *baton);

/** Number the lines in messages from this one on, for a text that is a line of a file. Call it before
 * the first block. */
void gp_json_number_lines(gp_json *json, apr_size_t first);

/**
 * Read the next block of the text. Pass few and large blocks: a string that spans several blocks is scanned
 * once for each of them.
 * @return false if the text is invalid (see gp_json_error) or a callback stopped the reading
 */
bool gp_json_feed(gp_json *json, const char *block, apr_size_t length);

/** End the text. @return as gp_json_feed */
bool gp_json_finish(gp_json *json);

/** @return how many bytes of the text have been read: within an event, up to the end of its part of the text */
apr_size_t gp_json_position(const gp_json *json);

/**
 * @return the error in the text and its position (line, column and offset, counted from 1, 1 and 0), as a
 *         sentence that quotes nothing of the text; NULL if there is none
 */
const char *gp_json_error(const gp_json *json);

#endif
