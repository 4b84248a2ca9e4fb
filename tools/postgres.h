/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_TOOLS_POSTGRES_H
#define GP_TOOLS_POSTGRES_H

#include <apr_pools.h>
#include <libpq-fe.h>

/** Microseconds from 1970, the epoch of APR, to 2000, the epoch of PostgreSQL. */
#define GP_POSTGRES_EPOCH APR_INT64_C(946684800000000)

/** A session with PostgreSQL. */
typedef struct {
    PGconn *pg;
    char sqlstate[6];  /* of the last failure; empty if the server sent none */
    char message[512]; /* of the last failure, on one line */
} gp_postgres;

/**
 * Connect, and set up the session: UTF-8, no search path, no plan that reads a whole table for one row.
 * @param dsn  for libpq; NULL: use its environment variables
 * @return zero on failure: the message is set
 */
int gp_postgres_open(gp_postgres *session, const char *dsn);

void gp_postgres_close(gp_postgres *session);

/**
 * Run one statement.
 * @param values  of its parameters, as text; NULL if it has none
 * @return the result, which the caller clears; NULL on failure
 */
PGresult *gp_postgres_query(gp_postgres *session, const char *sql, int count,
                            const char *const *values);

/** Run one statement that returns no rows. @return zero on failure */
int gp_postgres_run(gp_postgres *session, const char *sql);

/** Run one statement that returns one number. @return the number; negative on failure */
apr_int64_t gp_postgres_number(gp_postgres *session, const char *sql, int count,
                               const char *const *values);

/** @return a text value of a result; NULL for null */
const char *gp_postgres_value(const PGresult *result, int row, int column);

/**
 * Find an owner by user principal name.
 * @return the id, from the pool; NULL on failure or if no user has the name: the message is set
 */
const char *gp_postgres_owner(gp_postgres *session, apr_pool_t *pool, const char *name);

/**
 * Record why a call of libpq has failed. @param result  NULL: take the error of the connection. @return
 * 0
 */
int gp_postgres_fail(gp_postgres *session, const PGresult *result);

/** @return non-zero if the last failure was a row that another transaction has inserted */
int gp_postgres_is_duplicate(const gp_postgres *session);

/** @return non-zero if the transaction may succeed when it runs again */
int gp_postgres_can_retry(const gp_postgres *session);

#endif
