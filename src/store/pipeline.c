/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Several statements in one round trip. The client sends all of them without waiting for answers, and then one Sync. So
 * PostgreSQL runs them in one transaction: a failure rolls all of them back, and one flush of the log commits all.
 *
 * Statements that must not run twice take a second round trip: the client sends Sync, which commits, only after all
 * rows have come. If the connection breaks before Sync, PostgreSQL rolls the transaction back, so the outcome is known.
 * It is unknown only if the connection breaks between Sync and its answer.
 */
#include "pipeline.h"

#include <apr_strings.h>
#include <poll.h>
#include <string.h>

/* The answers of one pipeline, as far as they have been read. */
typedef struct {
    PGconn *connection;
    int count;
    PGresult **results;
    int have;
    bool failed;
    /* Results that may still be read. After an error of the connection, libpq may return results, or NULL, for ever
     * (PostgreSQL bug 17948). */
    int left;
    char *sqlstate; /* of the first failure, or "" */
    char *message;  /* likewise */
} answers;

/* Whether the socket has nothing to read: neither a last message of the server nor the end of the connection. */
static bool is_quiet(const PGconn *connection)
{
    struct pollfd socket = {PQsocket(connection), POLLIN, 0};

    return poll(&socket, 1, 0) == 0;
}

bool gp_pipeline_has_ended(PGconn *connection)
{
    int looks;

    /* The first call may read the last message of the server, the second finds the end. */
    for (looks = is_quiet(connection) ? 0 : 2; looks > 0; looks--) {
        if (!PQconsumeInput(connection))
            return true;
    }
    return false;
}

/* Keeps the first failure, which causes the others. */
static void note_failure(answers *self, const PGresult *result)
{
    const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *message = PQresultErrorMessage(result);

    if (sqlstate == NULL || *self->sqlstate != '\0')
        return;
    apr_cpystrn(self->sqlstate, sqlstate, GP_SQLSTATE_SIZE);
    apr_cpystrn(self->message, message, GP_PIPELINE_MESSAGE_SIZE);
    self->message[strcspn(self->message, "\r\n")] = '\0';
}

/* Reads one answer. @return its status; PGRES_EMPTY_QUERY at the end of the answers of one statement */
static ExecStatusType read_one(answers *self)
{
    PGresult *result = PQgetResult(self->connection);
    ExecStatusType status = PQresultStatus(result);

    self->left--;
    if (result == NULL)
        return PGRES_EMPTY_QUERY;
    if (status == PGRES_TUPLES_OK && self->have < self->count) {
        self->results[self->have++] = result;
        return status;
    }
    note_failure(self, result);
    PQclear(result);
    if (status != PGRES_PIPELINE_SYNC)
        self->failed = true;
    return status;
}

/* Asks the server for the rows before the commit, and reads them. @return false: the connection broke */
static bool read_rows(answers *self)
{
    if (!PQsendFlushRequest(self->connection) || PQflush(self->connection) != 0)
        return false;
    while (self->have < self->count && !self->failed && self->left > 0)
        read_one(self);
    return PQstatus(self->connection) == CONNECTION_OK && self->left > 0
           && !gp_pipeline_has_ended(self->connection);
}

/*
 * The outcome after the answer to Sync. If all rows had come before Sync, only an error of PostgreSQL's, which has an
 * SQLSTATE, says that the commit failed. An error of libpq's own, such as a lack of memory, does not: to run a
 * committed create again would find its row, and report a refusal for a stored position.
 */
static gp_outcome judge_sync(const answers *self, bool is_undone)
{
    bool is_whole = self->have == self->count && !is_undone;

    if (is_whole && !self->failed)
        return GP_OUTCOME_DONE;
    return is_whole && *self->sqlstate == '\0' ? gp_outcome_judge_end(self->sqlstate)
                                               : GP_OUTCOME_AGAIN;
}

/* Commits, and reads until the answer to Sync, which an error of the commit precedes. After a failed statement, Sync
 * commits nothing, but without it the connection would stay in the failed pipeline. */
static gp_outcome finish(answers *self)
{
    bool is_undone = self->failed;

    /* 0: no byte of Sync was sent. */
    if (!PQpipelineSync(self->connection))
        return GP_OUTCOME_BROKEN;
    while (self->left > 0) {
        if (read_one(self) == PGRES_PIPELINE_SYNC)
            return judge_sync(self, is_undone);
    }
    return is_undone ? GP_OUTCOME_BROKEN : gp_outcome_judge_end(self->sqlstate);
}

gp_outcome gp_pipeline_run(PGconn *connection, const char *label, int parameters, int count,
                           const char *const *const values[], bool commit_apart,
                           PGresult *results[], char sqlstate[GP_SQLSTATE_SIZE],
                           char message[GP_PIPELINE_MESSAGE_SIZE])
{
    answers self = {.connection = connection,
                    .count = count,
                    .results = results,
                    .left = 4 * count + 8,
                    .sqlstate = sqlstate,
                    .message = message};
    gp_outcome outcome = GP_OUTCOME_AGAIN;
    int i, sent = 0;

    *sqlstate = '\0';
    *message = '\0';
    for (i = 0; i < count; i++)
        results[i] = NULL;
    if (!PQenterPipelineMode(connection))
        return GP_OUTCOME_AGAIN;
    while (sent < count
           && PQsendQueryPrepared(connection, label, parameters, values[sent], NULL, NULL, 0))
        sent++;
    /* If not all were sent, leave out Sync: PostgreSQL commits nothing. */
    if (sent == count)
        outcome = !commit_apart || read_rows(&self) ? finish(&self) : GP_OUTCOME_BROKEN;
    for (i = 0; outcome != GP_OUTCOME_DONE && i < count; i++) {
        PQclear(results[i]);
        results[i] = NULL;
    }
    PQexitPipelineMode(connection);
    return outcome;
}
