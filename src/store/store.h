/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_STORE_H
#define GP_STORE_H

#include "run.h"
#include "odata/header_etag.h"
#include "document/position.h"

/** Who looks at positions: what they may see of one owner's. */
typedef struct {
    int sees_all;       /* the owner, or an application with the permission */
    unsigned audiences; /* flags of gp_allowed_audiences that every such viewer belongs to */
    const char *id;     /* for what the viewer is to the owner; NULL: nobody */
} gp_viewer;

/*
 * Each of these returns true on success, and otherwise sets the problem. What it reads and makes is
 * in the pool it is given; the problem has one of its own. After GP_UNAVAILABLE and
 * GP_GATEWAY_TIMEOUT it can be unknown whether a write happened; after any other problem it has not.
 * Owners are plain UTF-8 text of 1 to GP_OWNER_MAX bytes, ids lower-case UUIDs.
 */

/**
 * Submit the first statement of gp_store_create or gp_store_read, so that several may be under way. The same call, with
 * the same arguments, must follow while store->ahead is what this returned; it awaits the statement. Until then all
 * that the arguments refer to must stay.
 */
gp_attempt *gp_store_submit_create(gp_store *store, apr_pool_t *pool, const char *owner,
                                   const char *principal, const gp_position *position, int most);
gp_attempt *gp_store_submit_read(gp_store *store, apr_pool_t *pool, const char *owner,
                                 const gp_viewer *viewer, const char *id);

/** Find the owner that a user principal name (in any case) stands for, or else an id with an @ in it
 *  that the viewer sees positions of. GP_NOT_FOUND, and *owner left alone: there is none. */
bool gp_store_find_person(gp_store *store, apr_pool_t *pool, const char *user_principal_name,
                          const gp_viewer *viewer, const char **owner, gp_problem *problem);

/**
 * Store a new position exactly once. After a lost connection the ETag of the row tells whether it was stored: nobody
 * else can have written it.
 * @param principal  who is recorded as the writer, whatever the document says
 * @param most       how many positions the owner may have; 0: any number
 * @param problem    GP_CONFLICT: the owner has a position of this id already; GP_TOO_MANY_POSITIONS
 */
bool gp_store_create(gp_store *store, apr_pool_t *pool, const char *owner, const char *principal,
                     const gp_position *position, int most, gp_problem *problem);

/** Read a position. GP_NOT_FOUND: it is not there, or not for this viewer.
 *  @param position  receives it; it lies in the pool */
bool gp_store_read(gp_store *store, apr_pool_t *pool, const char *owner, const gp_viewer *viewer,
                   const char *id, gp_position *position, gp_problem *problem);

/** Which of an owner's positions, and how many. */
typedef struct {
    const char *first; /* the id at which to begin; NULL: the lowest */
    int offset;        /* how many of them to pass over */
    int limit;         /* how many at the most */
    int bytes;         /* how many bytes of documents at the most, the first excepted */
} gp_page;

/** Read positions. @param rows  receives them: gp_store_row tells one. From the first whose document does
 *  not fit any more they have none: they are only there to tell that the page is not the last. */
bool gp_store_list(gp_store *store, apr_pool_t *pool, const char *owner, const gp_viewer *viewer,
                   const gp_page *page, gp_result *rows, gp_problem *problem);

/**
 * Read positions by their ids, in the order of these; those that are not there or not for the viewer are left out.
 * @param bytes  as of gp_page
 * @param rows   receives them, as those of gp_store_list
 */
bool gp_store_pick(gp_store *store, apr_pool_t *pool, const char *owner, const gp_viewer *viewer,
                   const char *const *ids, int count, int bytes, gp_result *rows,
                   gp_problem *problem);

/** @return a row of a list, from 0; it lies in the pool of the rows */
gp_position gp_store_row(const gp_result *rows, int index);

/** Count positions. @param count  receives the number, in decimal digits */
bool gp_store_count(gp_store *store, apr_pool_t *pool, const char *owner, const gp_viewer *viewer,
                    const char **count, gp_problem *problem);

/**
 * Replace a position if it still has an ETag, exactly once, as gp_store_create does.
 * @param id        whose; position->id is not used
 * @param etag      that it must have
 * @param replaced  receives false where it is not there, or with another ETag: nothing was written
 */
bool gp_store_replace(gp_store *store, apr_pool_t *pool, const char *owner, const char *id,
                      const char *etag, const char *principal, const gp_position *position,
                      bool *replaced, gp_problem *problem);

/**
 * Delete a position.
 * @param if_match  where it is sent, the ETags of which it must have one
 * @param etag      receives the one it had; "unknown" where the answer was lost that told it
 * @param problem   GP_NOT_FOUND; GP_PRECONDITION_FAILED: it has none of the ETags
 */
bool gp_store_delete(gp_store *store, apr_pool_t *pool, const char *owner, const gp_viewer *viewer,
                     const char *id, const gp_etags *if_match, const char **etag,
                     gp_problem *problem);

/**
 * Delete all positions of an owner, and the owner's relationships, or nothing.
 * @param erased  receives the positions that are gone, an array of gp_position with id and etag. Where the answer
 *                was lost that told them: those that were there before, with the etag "unknown"
 */
bool gp_store_erase(gp_store *store, apr_pool_t *pool, const char *owner,
                    const apr_array_header_t **erased, gp_problem *problem);

#endif
