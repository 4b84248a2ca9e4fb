/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_STATEMENTS_H
#define GP_STATEMENTS_H

/** The version of sql/ that the statements need. Files with higher numbers may exist. */
#define GP_SCHEMA_VERSION 3

/** Every SQL statement of the module. Its parameters and columns stand beside its text. */
typedef enum {
    GP_SQL_SCHEMA_VERSION,
    GP_SQL_PERSON,
    GP_SQL_CREATE,
    GP_SQL_ETAG,
    GP_SQL_READ,
    GP_SQL_LIST,
    GP_SQL_FILTER,
    GP_SQL_ORDER,
    GP_SQL_COUNT_ROWS,
    GP_SQL_COUNT_FILTER,
    GP_SQL_REPLACE,
    GP_SQL_DELETE,
    GP_SQL_STATEMENTS /* how many there are */
} gp_sql;

typedef struct {
    const char *label; /* of the prepared statement */
    const char *text;  /* parameters in apr_dbd's form */
} gp_statement;

/** @return non-zero where a statement evaluates expressions of the caller's, which may be expensive */
int gp_statement_has_expressions(gp_sql sql);

/**
 * In how large a batch a statement may run: in one transaction with others of its kind. Everybody in a
 * batch waits for all of it, so it is for statements that neither wait for locks of rows nor take long.
 * @return 1: alone
 */
int gp_statement_batch(gp_sql sql);

/**
 * @return zero where a statement must not run again once it may have been carried out: what it made may
 *         have been changed or deleted by others since. All others can: reads; and an UPDATE or DELETE,
 *         which finds nothing left to do.
 */
int gp_statement_is_repeatable(gp_sql sql);

/** @return how many parameters a statement has */
int gp_statement_parameters(gp_sql sql);

/** @return the statement; never NULL */
const gp_statement *gp_statement_get(gp_sql sql);

#endif
