/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_READER_H
#define GP_READER_H

#include "base/problem.h"
#include "json.h"
#include "value.h"

typedef enum {
    GP_VALIDATION_STRICT, /* the type says what may come */
    GP_VALIDATION_RELAXED /* primitive values of another type and unknown properties are kept */
} gp_validation;

/** What a document is read for. */
typedef enum {
    GP_READING_NEW,    /* to be created */
    GP_READING_CHANGE, /* to be merged into another: an enumeration's sentinel says nothing */
    GP_READING_STORED  /* checked when it came, by what the limits were then */
} gp_reading;

typedef struct gp_reader gp_reader;

/**
 * Start to read a document of a type.
 * @param pool     for the reader and for what it reads
 * @param problem  receives everything that is wrong, each with its JSON path (RFC 9535) as target
 */
gp_reader *gp_reader_open(apr_pool_t *pool, const gp_type *type, gp_reading reading,
                          gp_validation validation, gp_problem *problem);

/**
 * Read the next block; see gp_json_feed for their size.
 * @return false if no more blocks are needed, because the problem is set
 */
bool gp_reader_feed(gp_reader *reader, const char *block, apr_size_t length);

/**
 * The document has ended.
 * @return it, of GP_VALUE_OBJECT and the type asked for; NULL if the problem is set
 */
gp_value *gp_reader_finish(gp_reader *reader);

/**
 * Start to read a document that is part of another JSON text. The caller reads that text, calls
 * gp_reader_events with the reader as baton for the part, then gp_reader_part.
 * @param path  of the part in the text, such as "$.position": targets start with it; not copied
 */
gp_reader *gp_reader_open_part(apr_pool_t *pool, const gp_type *type, gp_reading reading,
                               gp_validation validation, const char *path, gp_problem *problem);

/** The events of a reader that gp_reader_open_part has opened. */
extern const gp_json_events gp_reader_events;

/** The part has ended. @return as gp_reader_finish */
gp_value *gp_reader_part(const gp_reader *reader);

/** @return true if the document is a reference: it has @odata.id, or @id, and nothing of the
 *  type */
bool gp_reader_is_reference(const gp_reader *reader);

#endif
