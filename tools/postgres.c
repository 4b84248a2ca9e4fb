/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libpq for the commands: one session, one statement at a time. A failure is recorded in the session; the
 * command prints it.
 */
#include "postgres.h"

#include "base/version.h"

#include <apr_strings.h>

#include <stdio.h>
#include <string.h>

int gp_postgres_fail(gp_postgres *session, const PGresult *result)
{
    const char *state = result != NULL ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
    const char *message =
        result != NULL ? PQresultErrorMessage(result) : PQerrorMessage(session->pg);

    apr_cpystrn(session->sqlstate, state != NULL ? state : "", sizeof session->sqlstate);
    apr_cpystrn(session->message, message, sizeof session->message);
    session->message[strcspn(session->message, "\r\n")] = '\0';
    return 0;
}

int gp_postgres_is_duplicate(const gp_postgres *session)
{
    return strcmp(session->sqlstate, "23505") == 0;
}

int gp_postgres_can_retry(const gp_postgres *session)
{
    static const char *const states[] = {
        "40001", /* serialization_failure */
        "40P01", /* deadlock_detected */
        "55P03", /* lock_not_available: the lock_timeout of the role */
    };
    size_t i;

    for (i = 0; i < sizeof states / sizeof states[0]; i++) {
        if (strcmp(session->sqlstate, states[i]) == 0)
            return 1;
    }
    return 0;
}

/* Sets up the session. The role's own settings may not fit, because the administrator chooses the user. */
static int prepare(gp_postgres *session)
{
    return gp_postgres_run(session, "SET search_path = pg_catalog")
           && gp_postgres_run(session, "SET \"TimeZone\" = 'UTC'")
           && gp_postgres_run(session, "SET jit = off");
}

/* Checks that sql/0007 is applied. A later file does not imply it, because 0007 needs a superuser and may be
 * missing. */
static int check_schema(gp_postgres *session)
{
    apr_int64_t found = gp_postgres_number(
        session, "SELECT count(*) FROM graphprofile.schema_version WHERE version = 7", 0, NULL);

    if (found == 0)
        snprintf(session->message, sizeof session->message,
                 "sql/0007_import.sql is not applied to this database");
    return found > 0;
}

int gp_postgres_open(gp_postgres *session, const char *dsn)
{
    const char *const names[] = {"dbname", "client_encoding", "fallback_application_name", NULL};
    const char *const values[] = {dsn != NULL ? dsn : "", "UTF8", "graphprofile " GP_VERSION, NULL};

    memset(session, 0, sizeof *session);
    session->pg = PQconnectdbParams(names, values, 1);
    if (PQstatus(session->pg) != CONNECTION_OK)
        return gp_postgres_fail(session, NULL);
    return prepare(session) && check_schema(session);
}

void gp_postgres_close(gp_postgres *session)
{
    PQfinish(session->pg);
    session->pg = NULL;
}

PGresult *gp_postgres_query(gp_postgres *session, const char *sql, int count,
                            const char *const *values)
{
    PGresult *result = PQexecParams(session->pg, sql, count, NULL, values, NULL, NULL, 0);
    ExecStatusType status = PQresultStatus(result);

    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_COPY_IN
        || status == PGRES_COPY_OUT)
        return result;
    gp_postgres_fail(session, result);
    PQclear(result);
    return NULL;
}

int gp_postgres_run(gp_postgres *session, const char *sql)
{
    PGresult *result = gp_postgres_query(session, sql, 0, NULL);

    PQclear(result);
    return result != NULL;
}

apr_int64_t gp_postgres_number(gp_postgres *session, const char *sql, int count,
                               const char *const *values)
{
    PGresult *result = gp_postgres_query(session, sql, count, values);
    apr_int64_t number = -1;

    if (result != NULL)
        number = apr_atoi64(PQntuples(result) > 0 ? PQgetvalue(result, 0, 0) : PQcmdTuples(result));
    PQclear(result);
    return number;
}

const char *gp_postgres_value(const PGresult *result, int row, int column)
{
    return PQgetisnull(result, row, column) ? NULL : PQgetvalue(result, row, column);
}

const char *gp_postgres_owner(gp_postgres *session, apr_pool_t *pool, const char *name)
{
    static const char sql[] =
        "SELECT id FROM graphprofile.person WHERE lower(user_principal_name) = lower($1)";
    PGresult *result = gp_postgres_query(session, sql, 1, &name);
    const char *id = NULL;

    if (result != NULL && PQntuples(result) > 0)
        id = apr_pstrdup(pool, PQgetvalue(result, 0, 0));
    else if (result != NULL)
        snprintf(session->message, sizeof session->message,
                 "graphprofile.person has no such userPrincipalName");
    PQclear(result);
    return id;
}
