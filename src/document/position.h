/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_POSITION_H
#define GP_POSITION_H

#include "reader.h"
#include "base/datetime.h"
#include "base/problem.h"
#include "base/uuid.h"

#include <stdbool.h>

#define GP_ETAG_TOKEN_SIZE 33 /* 32 characters and the NUL */

/** The author of a write, named in createdBy and lastModifiedBy. */
typedef struct {
    const char *user_id;        /* NULL: an application that acts for itself */
    const char *user_name;      /* NULL: unknown */
    const char *application_id; /* NULL: unknown */
} gp_actor;

/** The random bytes that one new position needs. */
typedef struct {
    unsigned char id[8];
    unsigned char etag[16];
} gp_position_entropy;

/** A position as it is stored and answered. */
typedef struct {
    const char *id;
    const char *etag;
    const char
        *document;     /* canonical JSON; NULL for the list rows after the byte limit of the page */
    apr_size_t length; /* bytes of it */

    /* Only for a position to be written: the columns beside the document. */
    bool is_id_sent;     /* the client chose the id; otherwise no other position has it */
    unsigned audiences;  /* flags of gp_allowed_audiences that admit other users */
    const char *created; /* NULL: a change keeps the stored value */
    const char *modified;
} gp_position;

/** What a client may set in a new position, and the defaults. */
typedef struct {
    gp_validation validation;
    const char *default_audience; /* a valid value of gp_allowed_audiences */
    bool keeps_id;         /* use an id that the client sent; otherwise check it, then ignore it */
    bool keeps_created_by; /* the same for createdBy */
} gp_position_terms;

/** The message for a new position whose id is not a UUID. */
extern const char gp_position_bad_id[];

/** Write 16 random bytes as 32 hexadecimal digits: the opaque part of a position's ETag. */
void gp_etag_token_format(char out[GP_ETAG_TOKEN_SIZE], const unsigned char random[16]);

/**
 * Make a new position from a body. The server sets the timestamps and lastModifiedBy. It also sets the id
 * and createdBy if the body lacks them, or if the terms do not let the client set them.
 * @param pool  receives the position
 * @param scratch  holds the value, and memory that is needed only until this function returns; may be the
 *                 pool
 * @param value  of gp_work_position, as the reader made it; completed in place. If allowedAudiences is
 *               missing, it gets the default; if it is null, it gets "me".
 * @param now  the time of creation
 * @param problem  receives the problem if the id is not a UUID
 * @return false on failure
 */
bool gp_position_create(apr_pool_t *pool, apr_pool_t *scratch, gp_value *value,
                        const gp_actor *actor, apr_time_t now, const gp_position_entropy *entropy,
                        const gp_position_terms *terms, gp_position *position, gp_problem *problem);

/**
 * Apply a change to a stored position: merge, then set lastModifiedDateTime and lastModifiedBy. A change
 * that clears allowedAudiences sets it to "me", so that no change shows a position to more people than it
 * names.
 * @param pool  receives the position
 * @param scratch  holds the values, and memory that is needed only until this function returns; may be the
 *                 pool
 * @param stored  as the reader made it; changed in place
 * @param change  as the reader made it; not changed
 * @param random  bytes for the new ETag
 * @param position  receives the new state; its id stays, and created is NULL
 * @return false if the change has no effect (gp_value_merge): then the position is not written
 */
bool gp_position_change(apr_pool_t *pool, apr_pool_t *scratch, gp_value *stored,
                        const gp_value *change, const gp_actor *actor, apr_time_t now,
                        const unsigned char random[16], gp_position *position);

/**
 * Replace the content of a stored position. createdDateTime and createdBy stay, lastModifiedDateTime and
 * lastModifiedBy are set, and all else comes from the value.
 * @param pool  receives the position
 * @param scratch  holds the values, and memory that is needed only until this function returns; may be the
 *                 pool
 * @param stored  as gp_position_read returned it; not changed
 * @param value  of gp_work_position, with the same id; completed in place
 * @param random  bytes for the new ETag
 * @param position  receives the new state; its id stays, and created is NULL
 */
void gp_position_replace(apr_pool_t *pool, apr_pool_t *scratch, const gp_value *stored,
                         gp_value *value, const gp_actor *actor, apr_time_t now,
                         const unsigned char random[16], gp_position *position);

/**
 * Write a stored position again without changing it or its stamps.
 * @param value  as the reader made it (GP_READING_STORED)
 * @param position  receives audiences and document; the other members stay
 */
void gp_position_restore(apr_pool_t *pool, apr_pool_t *scratch, gp_value *value,
                         gp_position *position);

/**
 * Find the stamps in a document: createdDateTime to lastModifiedBy, which are adjacent. Two documents that
 * are equal before and after their stamps have the same content.
 * @param document  in the canonical form of a position
 * @param end  receives the offset of the first byte after the stamps
 * @return the offset of their first byte
 */
apr_size_t gp_position_stamps(const char *document, apr_size_t length, apr_size_t *end);

/**
 * Reduce a stored document to the properties that the client asked for.
 * @return from the pool; the document itself if it cannot be read, because another program wrote it
 */
const char *gp_position_reshape(apr_pool_t *pool, const char *document, const gp_shape *shape);

/**
 * Read a stored document.
 * @return NULL if it is not a position, because another program wrote it
 */
gp_value *gp_position_read(apr_pool_t *pool, const char *document);

#endif
