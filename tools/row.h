/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_TOOLS_ROW_H
#define GP_TOOLS_ROW_H

#include "line.h"

#include "document/position.h"

/** The fate of a row. */
typedef enum {
    GP_ROW_NEW,
    GP_ROW_SAME,    /* the database has it with the same content */
    GP_ROW_CHANGED, /* the database has it with different content */
    GP_ROW_REFUSED  /* not written; the batch has the reason */
} gp_row_state;

/** A row of graphprofile.position as an import would insert it. */
typedef struct {
    apr_int64_t line; /* the line number */
    gp_row_state state;
    const char *owner;       /* its id; before gp_import_row_identify, its user principal name */
    const char *source;      /* NULL: none, as for positions that clients created */
    const char *external_id; /* NULL: the line or its position has an id */
    char id[GP_UUID_SIZE];   /* empty: unknown until the id of the owner is known */
    const char *etag;
    unsigned audiences;
    const char *created, *modified, *modified_by;
    char *document; /* canonical; its id is a placeholder if `id` is empty */
    apr_size_t length;
    apr_size_t stamps,
        content; /* offsets of the stamps and of the text after them (gp_position_stamps) */
} gp_import_row;

/** The settings that turn lines into rows. */
typedef struct {
    gp_position_terms position;
    const char *source;      /* for lines that name none; NULL: no --source */
    const char *application; /* the author of the write, as an application */
    int is_owner_name;       /* owners are user principal names */
    apr_size_t max_document; /* bytes */
} gp_import_terms;

/** Random bytes, fetched from the system in blocks. */
typedef struct {
    unsigned char bytes[4096];
    apr_size_t left;
} gp_randomness;

/** Take random bytes. @param length  at most 16 */
const unsigned char *gp_randomness_take(gp_randomness *randomness, apr_size_t length);

/**
 * Make a row from a line.
 * @param scratch  for memory that is needed only until this function returns; the line may be in it
 * @param pool  for the row
 * @param problem  receives the problems
 * @return non-zero on success
 */
int gp_import_row_make(apr_pool_t *scratch, apr_pool_t *pool, gp_line *line, apr_int64_t number,
                       const gp_import_terms *terms, gp_randomness *randomness, gp_import_row *row,
                       gp_problem *problem);

/** Set the owner's id, and derive the row's id from it. */
void gp_import_row_identify(gp_import_row *row, const char *owner);

/**
 * Derive the id of an imported position: a UUID of version 5 (RFC 9562 section 5.5) of the namespace
 * 7c5ceb99-34b9-5761-93e9-864f836390fe and the name "source NUL owner NUL external id".
 */
void gp_import_id(char out[GP_UUID_SIZE], const char *source, const char *owner,
                  const char *external_id);

/** The source of lines with an externalId if neither the line nor --source names one. */
#define GP_DEFAULT_SOURCE "import"

#endif
