/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_READER_H
#define GP_READER_H

#include "base/problem.h"
#include "json.h"
#include "value.h"

typedef enum {
    GP_VALIDATION_STRICT, /* reject anything that the type does not declare */
    GP_VALIDATION_RELAXED /* keep primitive values of another type, and unknown properties */
} gp_validation;

/** The purpose of reading a document. */
typedef enum {
    GP_READING_NEW, /* to be created */
    /* to be merged into another: an enumeration's sentinel leaves the property unchanged */
    GP_READING_CHANGE,
    GP_READING_STORED /* checked when it was written, against the limits of that time */
} gp_reading;

typedef struct gp_reader gp_reader;

/**
 * Start to read a document of a type.
 * @param pool  for the reader and for the document
 * @param problem  receives every problem, each with its JSON path (RFC 9535) as target
 */
gp_reader *gp_reader_open(apr_pool_t *pool, const gp_type *type, gp_reading reading,
                          gp_validation validation, gp_problem *problem);

/**
 * Read the next block; see gp_json_feed for block sizes.
 * @return false if the problem is set: then no more blocks are needed
 */
bool gp_reader_feed(gp_reader *reader, const char *block, apr_size_t length);

/**
 * End the document.
 * @return the document: a GP_VALUE_OBJECT of the given type; NULL if the problem is set
 */
gp_value *gp_reader_finish(gp_reader *reader);

/**
 * Start to read a document that is part of another JSON text. The caller reads that text, passes
 * the events of the part to gp_reader_events with the reader as baton, then calls gp_reader_part.
 * @param path  of the part in the text, such as "$.position"; targets start with it; not copied
 */
gp_reader *gp_reader_open_part(apr_pool_t *pool, const gp_type *type, gp_reading reading,
                               gp_validation validation, const char *path, gp_problem *problem);

/** The events of a reader opened by gp_reader_open_part. */
extern const gp_json_events gp_reader_events;

/** End the part. @return as gp_reader_finish */
gp_value *gp_reader_part(const gp_reader *reader);

/**
 * @return true if the document is a reference: it has @odata.id, or @id, and no property of the
 *         type
 */
bool gp_reader_is_reference(const gp_reader *reader);

#endif
