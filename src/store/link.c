/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Statements in libpq's pipeline mode (PostgreSQL documentation: libpq, Pipeline Mode). What is sent before a Sync is
 * one transaction: a failure undoes all of it, and the commit is flushed to PostgreSQL's log once.
 *
 * A statement that must not run twice takes a second round trip: Sync, which commits, is sent only after all rows have
 * come. If the connection breaks before that, PostgreSQL undoes the transaction; so it is known that nothing has
 * happened. Only a connection that breaks between Sync and its answer leaves that open.
 *
 * Nothing here blocks.
 */
#include "link.h"
#include "base/clock.h"
#include "base/limits.h"
#include "counters.h"

#include <apr_strings.h>

#include <sys/socket.h>

#include <string.h>

#define OID_TEXT   25
#define OID_TEXTS  1009 /* text[] */
#define LABEL_SIZE 64

/* What the socket of a connection may hold, in reads of libpq (of 8 KB at least). */
#define READS_TO_END 2000

bool gp_link_open(gp_link *link, gp_connection *connection, apr_time_t now)
{
    PGconn *pg = connection->pg;

    if (PQsetnonblocking(pg, 1) != 0)
        return false;
    if (!PQenterPipelineMode(pg)) {
        PQsetnonblocking(pg, 0);
        return false;
    }
    *link = (gp_link){.connection = connection, .pg = pg, .since = now};
    return true;
}

/* The pool, and other modules that use it, take a connection for fit if libpq has not found its end. */
static void let_find_end(PGconn *pg)
{
    int reads = READS_TO_END;

    if (PQstatus(pg) == CONNECTION_OK)
        shutdown(PQsocket(pg), SHUT_RDWR);
    while (PQstatus(pg) == CONNECTION_OK && reads-- > 0)
        PQconsumeInput(pg);
}

gp_connection *gp_link_close(gp_link *link)
{
    gp_connection *connection = link->connection;

    if (link->is_broken) {
        let_find_end(link->pg);
    } else {
        PQexitPipelineMode(link->pg);
        PQsetnonblocking(link->pg, 0);
    }
    link->connection = NULL;
    return connection;
}

int gp_link_count(const gp_link *link)
{
    return (int)(link->next - link->first);
}

/* ---- sending ---- */

static void expect(gp_link *link, gp_link_entry entry)
{
    link->entries[link->entries_end++ % GP_LINK_ENTRIES] = entry;
}

/* Statements that apr_dbd has prepared bear the label itself. */
static void label_of(char label[LABEL_SIZE], const gp_statement *statement, bool is_merged)
{
    apr_snprintf(label, LABEL_SIZE, "%s_%s", statement->label, is_merged ? "merged" : "piped");
}

static bool prepare(gp_link *link, gp_sql sql, bool is_merged, const char *label, const char *text)
{
    bool *is_prepared = &link->connection->piped[is_merged][sql];
    Oid types[GP_MERGE_PARAMETERS];
    int i;

    if (*is_prepared)
        return true;
    for (i = 0; i < GP_MERGE_PARAMETERS; i++)
        types[i] = is_merged ? OID_TEXTS : OID_TEXT;
    if (!PQsendPrepare(link->pg, label, text, gp_statement_get(sql)->parameters, types))
        return false;
    *is_prepared = true;
    expect(link, (gp_link_entry){GP_ENTRY_PREPARED, (int)sql, is_merged});
    return true;
}

static void add_work(gp_link *link, gp_work *work, bool is_merged, apr_time_t now)
{
    work->begun = now;
    work->batch = 1;
    work->is_merged = is_merged;
    link->works[link->next++ % GP_BATCH_MAX] = work;
    link->open++;
}

/* Sends one statement for works that were added. */
static void send_statement(gp_link *link, const gp_attempt *attempt, const char *text, int count,
                           const gp_merge_parameters *merged)
{
    const gp_statement *statement = gp_statement_get(attempt->sql);
    char label[LABEL_SIZE];

    label_of(label, statement, merged != NULL);
    if (prepare(link, attempt->sql, merged != NULL, label, text)
        && PQsendQueryPrepared(
            link->pg, label, statement->parameters,
            merged != NULL ? merged->values : (const char *const *)attempt->parameters,
            merged != NULL ? merged->lengths : NULL, merged != NULL ? merged->formats : NULL, 0))
        expect(link, (gp_link_entry){.kind = GP_ENTRY_ROWS, .of = count});
    else
        link->is_broken = true;
}

void gp_link_add(gp_link *link, gp_work *work, const char *text, apr_time_t now)
{
    add_work(link, work, false, now);
    send_statement(link, work->attempt, text, 1, NULL);
}

void gp_link_add_merged(gp_link *link, const gp_merge *merge, const char *text,
                        gp_merge_parameters *scratch, apr_time_t now)
{
    int i;

    for (i = 0; i < merge->count; i++)
        add_work(link, merge->works[i], true, now);
    gp_merge_write(merge, scratch);
    send_statement(link, merge->works[0]->attempt, text, merge->count, scratch);
}

/* Without Sync nothing is committed. */
static void sync_now(gp_link *link)
{
    if (!PQpipelineSync(link->pg)) {
        link->is_broken = true; /* the socket took no byte of it */
        return;
    }
    expect(link, (gp_link_entry){.kind = GP_ENTRY_SYNC, .of = link->open});
    link->open = 0;
}

void gp_link_end(gp_link *link, bool commit_apart)
{
    unsigned i;

    for (i = link->next - (unsigned)link->open; i != link->next; i++)
        link->works[i % GP_BATCH_MAX]->batch = link->open;
    link->commit_apart = commit_apart;
    if (link->is_broken)
        return;
    if (!commit_apart)
        sync_now(link);
    else if (!PQsendFlushRequest(link->pg))
        link->is_broken = true;
    gp_link_flush(link);
}

void gp_link_flush(gp_link *link)
{
    int left = link->is_broken ? 0 : PQflush(link->pg);

    link->waits_to_write = left > 0;
    if (left < 0)
        link->is_broken = true;
}

/* ---- ending ---- */

static gp_work *take(gp_link *link)
{
    return link->works[link->first++ % GP_BATCH_MAX];
}

static void end(gp_link *link, gp_work *work, gp_outcome outcome, gp_link_ended *ended,
                void *context)
{
    work->outcome = outcome;
    work->ended = gp_clock();
    apr_cpystrn(work->sqlstate, link->sqlstate, sizeof work->sqlstate);
    apr_cpystrn(work->message, link->message, sizeof work->message);
    if (outcome != GP_OUTCOME_DONE) {
        PQclear(work->rows);
        work->rows = NULL;
    }
    ended(context, work);
}

/* An error of libpq's own, such as a lack of memory, undoes nothing. PostgreSQL's errors do, and have an SQLSTATE. */
static bool is_libpqs(const gp_link *link)
{
    return link->has_failed && *link->sqlstate == '\0';
}

/*
 * The outcome of all works that a Sync follows. One of many can be at fault, so each runs again by itself, unless they
 * may have been committed: after an error of libpq's, or of Citus, which has lost a node during the commit. To run a
 * committed statement again would find its row, or miss it.
 */
static gp_outcome judge(gp_link *link, int count)
{
    gp_outcome outcome;

    if (!link->has_failed)
        return GP_OUTCOME_DONE;
    if (is_libpqs(link))
        return gp_outcome_judge_end("");
    outcome = gp_outcome_judge(link->sqlstate);
    /* What was prepared is not there any more, or another server may write. */
    link->is_spoilt |= outcome == GP_OUTCOME_UNPREPARED || outcome == GP_OUTCOME_READ_ONLY;
    if (outcome == GP_OUTCOME_LOST && !link->is_undone)
        return outcome;
    return count > 1 || outcome == GP_OUTCOME_UNPREPARED ? GP_OUTCOME_AGAIN : outcome;
}

static void forget_failure(gp_link *link)
{
    link->has_failed = link->is_undone = false;
    *link->sqlstate = '\0';
    *link->message = '\0';
}

static void count_batch(int count, bool is_done)
{
    if (count > 1 && is_done)
        gp_count_batch(count);
    else if (count > 1)
        gp_count(GP_COUNTER_UNDONE, 1);
}

/* Sync is answered. */
static void end_works(gp_link *link, int count, apr_time_t now, gp_link_ended *ended, void *context)
{
    gp_outcome outcome = judge(link, count);

    if (outcome == GP_OUTCOME_UNFIT)
        link->connection->schema_seen = false;
    link->reading = link->first + (unsigned)count;
    count_batch(count, outcome == GP_OUTCOME_DONE);
    if (gp_link_count(link) == count)
        link->since = now;
    for (; count > 0; count--) {
        gp_work *work = take(link);
        bool is_left_out = outcome == GP_OUTCOME_DONE && gp_merge_leaves_out(work);

        end(link, work, is_left_out ? GP_OUTCOME_AGAIN : outcome, ended, context);
    }
    forget_failure(link);
}

/* ---- reading ---- */

/* Notes the first failure, which is the cause of the others. */
static void note_failure(gp_link *link, const PGresult *result)
{
    const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);

    link->has_failed = true;
    if (sqlstate == NULL || *link->sqlstate != '\0')
        return;
    apr_cpystrn(link->sqlstate, sqlstate, sizeof link->sqlstate);
    apr_cpystrn(link->message, PQresultErrorMessage(result), sizeof link->message);
    link->message[strcspn(link->message, "\r\n")] = '\0';
}

/* All rows of a group have come, or one has failed: only then it is committed, or undone. */
static void commit(gp_link *link)
{
    link->is_undone = link->has_failed;
    if (is_libpqs(link) || (!link->has_failed && gp_connection_has_ended(link->pg)))
        link->is_broken = true; /* without Sync nothing is committed */
    else
        sync_now(link);
    gp_link_flush(link);
}

/* Gives the works that a result is about their rows. @return false: libpq has no memory for that */
static bool give_rows(gp_link *link, int count, PGresult *result)
{
    gp_work *works[GP_BATCH_MAX];
    bool is_given;
    int i;

    for (i = 0; i < count; i++)
        works[i] = link->works[(link->reading + (unsigned)i) % GP_BATCH_MAX];
    if (count == 1) {
        works[0]->rows = result;
        return true;
    }
    is_given = gp_merge_share_out(works, count, result);
    PQclear(result);
    return is_given;
}

static void take_rows(gp_link *link, int count, PGresult *result, apr_time_t now)
{
    if (PQresultStatus(result) == PGRES_TUPLES_OK) {
        link->has_failed |= !give_rows(link, count, result);
    } else {
        note_failure(link, result);
        PQclear(result);
    }
    link->reading += (unsigned)count;
    if (link->reading == link->next && !link->has_failed)
        link->ran = now - link->since;
    if (link->open > 0 && link->reading == link->next)
        commit(link);
}

static void take_result(gp_link *link, PGresult *result, apr_time_t now, gp_link_ended *ended,
                        void *context)
{
    const gp_link_entry *entry = &link->entries[link->entry % GP_LINK_ENTRIES];
    ExecStatusType status = PQresultStatus(result);

    link->expects_null = status != PGRES_PIPELINE_SYNC;
    if (link->entry == link->entries_end) { /* the server's own: it is about to end */
        note_failure(link, result);
        PQclear(result);
        return;
    }
    if (entry->kind == GP_ENTRY_ROWS && status != PGRES_PIPELINE_SYNC) {
        link->entry++;
        take_rows(link, entry->of, result, now);
        return;
    }
    if (entry->kind == GP_ENTRY_PREPARED && status == PGRES_COMMAND_OK) {
        link->entry++;
    } else if (entry->kind == GP_ENTRY_PREPARED) {
        link->connection->piped[entry->is_merged][entry->of] = false;
        link->entry++;
        note_failure(link, result);
    } else if (entry->kind == GP_ENTRY_SYNC && status == PGRES_PIPELINE_SYNC) {
        link->entry++;
        end_works(link, entry->of, now, ended, context);
    } else { /* the commit has failed */
        note_failure(link, result);
    }
    PQclear(result);
}

/* After errors of the connection's own libpq may return results, or none, without end (PostgreSQL bug 17948), so
 * that their number is bounded. */
void gp_link_read(gp_link *link, apr_time_t now, gp_link_ended *ended, void *context)
{
    int left = 2 * GP_LINK_ENTRIES;
    bool is_there = PQconsumeInput(link->pg);

    while (!link->is_broken && left-- > 0 && !PQisBusy(link->pg)) {
        PGresult *result = PQgetResult(link->pg);

        if (result == NULL && !link->expects_null)
            break;
        if (result == NULL)
            link->expects_null = false;
        else
            take_result(link, result, now, ended, context);
    }
    if (!is_there || left <= 0 || PQstatus(link->pg) != CONNECTION_OK)
        link->is_broken = true;
}

/* ---- the end of a connection ---- */

/* Reads that share a connection may be late only because of each other: they have the other half of the time to run
 * alone. A group is late when the first of it is: those that can run again then have what is left of their time. */
apr_time_t gp_link_due(const gp_link *link)
{
    apr_time_t due = APR_INT64_MAX;
    unsigned i;

    for (i = link->first; i != link->next; i++) {
        const gp_work *work = link->works[i % GP_BATCH_MAX];
        bool is_shared = gp_lane_shares_reads(link->lane) && gp_link_count(link) > 1;
        apr_time_t its = work->begun + (is_shared ? work->time / 2 : work->time);

        due = its < due ? its : due;
    }
    return due;
}

static gp_outcome outcome_when_late(gp_outcome outcome)
{
    return outcome == GP_OUTCOME_LOST     ? GP_OUTCOME_LATE
           : outcome == GP_OUTCOME_BROKEN ? GP_OUTCOME_EXPIRED
                                          : outcome;
}

void gp_link_break(gp_link *link, bool is_late, gp_link_ended *ended, void *context)
{
    int count = gp_link_count(link);
    bool is_write = gp_lane_shares_writes(link->lane);
    bool is_undecided = is_write && link->open == count;
    apr_time_t now = gp_clock();

    if (is_late)
        gp_deadline_expire(&link->connection->deadline);
    count_batch(count, false);
    link->is_broken = true;
    for (; count > 0; count--) {
        gp_work *work = take(link);
        bool is_sent = count > link->open;
        bool has_time = now < work->begun + work->time;
        gp_outcome outcome =
            !is_sent || link->is_undone ? GP_OUTCOME_BROKEN : gp_outcome_judge_end(link->sqlstate);

        /* Works may be late because of each other: those that can, run again. */
        if (is_late && has_time && (is_undecided || !is_write))
            outcome = GP_OUTCOME_AGAIN;
        else if (is_late && !(has_time && work->statement->is_repeatable))
            outcome = outcome_when_late(outcome);
        end(link, work, outcome, ended, context);
    }
    link->open = 0;
}
