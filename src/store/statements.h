/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_STATEMENTS_H
#define GP_STATEMENTS_H

#include <apr_pools.h>

#include <stdbool.h>

/** The version of sql/ that the module needs. With an older schema, the answer is 503. Files with higher numbers may
 *  exist. */
#define GP_SCHEMA_VERSION 5

/** Every SQL statement of the module. Comments beside the texts describe parameters and columns. */
typedef enum {
    GP_SQL_SCHEMA_VERSION,
    GP_SQL_PERSON,
    GP_SQL_OWNER,
    GP_SQL_OWNER_ALL,
    GP_SQL_CREATE,
    GP_SQL_CREATE_WITHIN,
    GP_SQL_ETAG,
    GP_SQL_READ,
    GP_SQL_LIST,
    GP_SQL_LIST_SEEN,
    GP_SQL_LIST_ALL,
    GP_SQL_LIST_BEHIND,
    GP_SQL_PICK,
    GP_SQL_COUNT,
    GP_SQL_COUNT_ALL,
    GP_SQL_REPLACE,
    GP_SQL_DELETE,
    GP_SQL_ERASABLE,
    GP_SQL_ERASE,
    GP_SQL_STATEMENTS /* how many there are */
} gp_sql;

/** How the cost of a statement grows. Statements of all classes but the first pass the gate of their class
 *  (database.h), so that connections stay free for the first class. */
typedef enum {
    GP_COST_CONSTANT, /* bounded: it reads at most GP_SCAN_MAX rows, an insert GP_POSITIONS_CEILING */
    GP_COST_ROWS,     /* with the rows of the owner */
    GP_COST_CLASSES   /* how many there are */
} gp_cost_class;

/** One statement; statements.c has the table of all. */
typedef struct {
    const char *label; /* of the prepared statement */
    gp_cost_class cost;
    int parameters; /* how many */
    /* Whether it may share a connection with others. A statement that may wait for row locks or take long must not:
     * it would delay them. */
    bool can_share;
    /* Whether it may run again after an attempt with an unknown outcome. Reads may. UPDATE and DELETE may, because the
     * second run finds no row to change. INSERT may not, because others may have changed or deleted the row since. */
    bool is_repeatable;
    const char *text; /* parameters in apr_dbd's form */

    /* Of a write: the text for several works (gp_statement_merged); NULL: there is none. It waits for no row lock: if
     * the text does (can_share is false), the merged one leaves out rows that others have locked. */
    const char *merged;
    int key;    /* the parameter that the merged text returns, from 0 */
    bool scans; /* of a read: it may read many rows */
} gp_statement;

/** @return its text with parameters in PostgreSQL's own form ($1), in `pool` */
const char *gp_statement_numbered(apr_pool_t *pool, gp_sql sql);

/** @return the statement; never NULL */
const gp_statement *gp_statement_get(gp_sql sql);

/** @return whether several works of the statement can run as one */
bool gp_statement_is_mergeable(const gp_statement *statement);

/**
 * The text that runs several works of a statement as one: each parameter is an array of texts, with one element for each
 * work. The last column of a row says whose it is: of a read, the number of the work, from 1; of a
 * write, the parameter `key`.
 *
 *     SELECT s.*, v.place FROM unnest($1, $2) WITH ORDINALITY AS v (p1, p2, place)
 *     CROSS JOIN LATERAL (SELECT * FROM (SELECT etag FROM graphprofile.position
 *     WHERE owner_id = v.p1 AND id = v.p2::uuid) AS s OFFSET 0) AS s
 *
 * @return in `pool`; NULL: gp_statement_is_mergeable is false
 */
const char *gp_statement_merged(apr_pool_t *pool, gp_sql sql);

#endif
