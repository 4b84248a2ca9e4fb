/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_POSITION_H
#define GP_POSITION_H

#include "reader.h"
#include "base/datetime.h"
#include "base/problem.h"
#include "base/uuid.h"

#include <stdbool.h>

#define GP_ETAG_TOKEN_SIZE 33 /* 32 characters and the NUL */

/** Who writes: what createdBy and lastModifiedBy are made of. */
typedef struct {
    const char *user_id;        /* NULL: an application on its own behalf */
    const char *user_name;      /* NULL: not known */
    const char *application_id; /* NULL: not known */
} gp_actor;

/** The random bytes that one new position takes. */
typedef struct {
    unsigned char id[8];
    unsigned char etag[16];
} gp_position_entropy;

/** A position, as it is stored and as it is answered. */
typedef struct {
    const char *id;
    const char *etag;
    const char *document; /* canonical JSON; NULL: a row of a list behind the bytes of the page */
    apr_size_t length;    /* bytes of it */

    /* Only of a position that is to be written, for the columns beside the document. */
    bool is_id_sent;     /* the client chose the id; otherwise no other position has it */
    unsigned audiences;  /* flags of gp_allowed_audiences that admit others */
    const char *created; /* NULL: a change keeps it */
    const char *modified;
} gp_position;

/** What a client may decide of a new position, and the default where it does not. */
typedef struct {
    gp_validation validation;
    const char *default_audience; /* a valid value of gp_allowed_audiences */
    bool keeps_id;                /* an id that is sent is used; else it is checked, then ignored */
    bool keeps_created_by;        /* the same for createdBy */
} gp_position_terms;

/** The message where the id of a new position is not a UUID. */
extern const char gp_position_bad_id[];

/** Write 16 random bytes as 32 hexadecimal digits: the opaque part of a position's ETag. */
void gp_etag_token_format(char out[GP_ETAG_TOKEN_SIZE], const unsigned char random[16]);

/**
 * Make a new position from a body. The server stamps the times and lastModifiedBy. It makes the id and
 * createdBy where the body does not set them, or where the terms do not let it.
 * @param pool     receives the position
 * @param scratch  of the value, and for what is needed only until this returns; may be the same
 * @param value    of gp_work_position, as the reader made it; it is completed in place. Without the
 *                 property allowedAudiences it gets the default, with null it gets "me".
 * @param now      the time of creation
 * @param problem  receives what is wrong with an id that is not a UUID
 * @return false on failure
 */
bool gp_position_create(apr_pool_t *pool, apr_pool_t *scratch, gp_value *value,
                        const gp_actor *actor, apr_time_t now, const gp_position_entropy *entropy,
                        const gp_position_terms *terms, gp_position *position, gp_problem *problem);

/**
 * Apply a change to a stored position: merge, then stamp lastModifiedDateTime and lastModifiedBy. A
 * change that clears allowedAudiences makes it "me", so that no change shows a position to more people
 * than it names.
 * @param pool     receives the position
 * @param scratch  of the values, and for what is needed only until this returns; may be the same
 * @param stored    as the reader gave it; it is changed in place
 * @param change    the same; not changed
 * @param random    bytes for the new ETag
 * @param position  receives the new state; its id is left alone, and created is NULL
 * @return false if the change changes nothing (gp_value_merge): then nothing is made
 */
bool gp_position_change(apr_pool_t *pool, apr_pool_t *scratch, gp_value *stored,
                        const gp_value *change, const gp_actor *actor, apr_time_t now,
                        const unsigned char random[16], gp_position *position);

/**
 * Replace the content of a stored position: createdDateTime and createdBy stay, lastModifiedDateTime and
 * lastModifiedBy are stamped, and all else comes from the value.
 * @param pool     receives the position
 * @param scratch  of the values, and for what is needed only until this returns; may be the same
 * @param stored    as gp_position_read gave it; not changed
 * @param value     of gp_work_position, with the same id; it is completed in place
 * @param random    bytes for the new ETag
 * @param position  receives the new state; its id is left alone, and created is NULL
 */
void gp_position_replace(apr_pool_t *pool, apr_pool_t *scratch, const gp_value *stored,
                         gp_value *value, const gp_actor *actor, apr_time_t now,
                         const unsigned char random[16], gp_position *position);

/**
 * Write a stored position again as it is, stamps included.
 * @param value     as the reader gave it (GP_READING_STORED)
 * @param position  receives audiences and document; the rest is left alone
 */
void gp_position_restore(apr_pool_t *pool, apr_pool_t *scratch, gp_value *value,
                         gp_position *position);

/**
 * Find the stamps in a document: createdDateTime to lastModifiedBy, which stand together. Two documents that
 * are equal before and behind them have the same content.
 * @param document  as a position has it
 * @param end  receives the offset of the first byte behind the stamps
 * @return the offset of their first byte
 */
apr_size_t gp_position_stamps(const char *document, apr_size_t length, apr_size_t *end);

/**
 * A stored document as it is asked for: less of it than is stored.
 * @return from the pool; the document itself where it cannot be read (somebody else wrote it)
 */
const char *gp_position_reshape(apr_pool_t *pool, const char *document, const gp_shape *shape);

/**
 * Read a stored document.
 * @return NULL where it is no position (somebody else wrote it)
 */
gp_value *gp_position_read(apr_pool_t *pool, const char *document);

#endif
