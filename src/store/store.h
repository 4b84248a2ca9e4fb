/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_STORE_H
#define GP_STORE_H

#include "run.h"
#include "odata/header_etag.h"
#include "document/position.h"

/** The rights of a viewer to the positions of one owner. */
typedef struct {
    int sees_all;       /* the owner, or an application with the permission */
    unsigned audiences; /* flags of gp_allowed_audiences that every such viewer belongs to */
    const char *id;     /* to look up the relationship with the owner; NULL: none */
} gp_viewer;

/*
 * Each of these functions returns true on success, and otherwise sets the problem. Its results are in the pool that the
 * caller passes; the problem has its own pool. After GP_UNAVAILABLE and GP_GATEWAY_TIMEOUT it may be unknown whether a
 * write happened; after any other problem it did not. Owners are plain UTF-8 text of 1 to GP_OWNER_MAX bytes, ids are
 * lower-case UUIDs.
 */

/**
 * Submit the first statement of gp_store_create, so that several may be under way. To await it, set store->ahead to the
 * returned attempt, and call gp_store_create with the same arguments. The arguments, and all that they point to, must
 * stay until then.
 */
gp_attempt *gp_store_submit_create(gp_store *store, apr_pool_t *pool, const char *owner,
                                   const char *principal, const gp_position *position, int most);

/** The same for the statement of gp_store_read. */
gp_attempt *gp_store_submit_read(gp_store *store, apr_pool_t *pool, const char *owner,
                                 const gp_viewer *viewer, const char *id);

/** Find the owner with a user principal name (in any case), or the owner whose id is this name, if the viewer sees one
 *  of their positions. GP_NOT_FOUND: there is none, and *owner is unchanged. */
bool gp_store_find_person(gp_store *store, apr_pool_t *pool, const char *user_principal_name,
                          const gp_viewer *viewer, const char **owner, gp_problem *problem);

/**
 * Store a new position exactly once. After a lost connection, the ETag of the row tells whether it was stored, because
 * no other request makes the same ETag.
 * @param principal  the writer to record, independent of the document
 * @param most       how many positions the owner may have; 0: any number
 * @param problem    GP_CONFLICT: the owner has a position with this id; GP_TOO_MANY_POSITIONS
 */
bool gp_store_create(gp_store *store, apr_pool_t *pool, const char *owner, const char *principal,
                     const gp_position *position, int most, gp_problem *problem);

/** Read a position. GP_NOT_FOUND: it does not exist, or this viewer does not see it.
 *  @param position  receives it; its texts are in the pool */
bool gp_store_read(gp_store *store, apr_pool_t *pool, const char *owner, const gp_viewer *viewer,
                   const char *id, gp_position *position, gp_problem *problem);

/** A range of an owner's positions, in the order of ids. */
typedef struct {
    const char *first; /* the id at which to begin; NULL: the lowest */
    int offset;        /* how many positions to skip */
    int limit;         /* how many positions to read at most */
    int bytes;         /* bytes of documents to read at most; the first document is always read */
    bool is_further;   /* a search goes on: the cost class is GP_COST_ROWS; not with an offset */
} gp_page;

/** Read positions. @param rows  receives them, for gp_store_row. From the first document that does not fit on, the rows
 *  have no documents: they only show that more pages follow. */
bool gp_store_list(gp_store *store, apr_pool_t *pool, const char *owner, const gp_viewer *viewer,
                   const gp_page *page, gp_result *rows, gp_problem *problem);

/**
 * Read positions by their ids, in the order of the ids. Positions that do not exist, or that the viewer does not see,
 * are left out.
 * @param bytes  as of gp_page
 * @param rows   receives them, as those of gp_store_list
 */
bool gp_store_pick(gp_store *store, apr_pool_t *pool, const char *owner, const gp_viewer *viewer,
                   const char *const *ids, int count, int bytes, gp_result *rows,
                   gp_problem *problem);

/** @return a position of a list; its texts are in the pool of the rows. @param index  from 0 */
gp_position gp_store_row(const gp_result *rows, int index);

/** Count positions. @param count  receives the number, in decimal digits */
bool gp_store_count(gp_store *store, apr_pool_t *pool, const char *owner, const gp_viewer *viewer,
                    const char **count, gp_problem *problem);

/**
 * Replace a position exactly once, as gp_store_create does, if it still has the given ETag.
 * @param id        of the position; position->id is not used
 * @param etag      that the position must have
 * @param replaced  receives false if the position does not exist or has another ETag: nothing was written
 */
bool gp_store_replace(gp_store *store, apr_pool_t *pool, const char *owner, const char *id,
                      const char *etag, const char *principal, const gp_position *position,
                      bool *replaced, gp_problem *problem);

/**
 * Delete a position.
 * @param if_match  if it was sent, the position must have one of its ETags
 * @param etag      receives the ETag of the deleted position; "unknown" if the answer of PostgreSQL was lost
 * @param problem   GP_NOT_FOUND; GP_PRECONDITION_FAILED: the position has none of the ETags
 */
bool gp_store_delete(gp_store *store, apr_pool_t *pool, const char *owner, const gp_viewer *viewer,
                     const char *id, const gp_etags *if_match, const char **etag,
                     gp_problem *problem);

/**
 * Delete all positions of an owner, and the owner's relationships, or nothing.
 * @param erased  receives the deleted positions, an array of gp_position with id and etag. If the answer of PostgreSQL
 *                was lost, it also has the positions that existed before, with the etag "unknown".
 */
bool gp_store_erase(gp_store *store, apr_pool_t *pool, const char *owner,
                    const apr_array_header_t **erased, gp_problem *problem);

#endif
