/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_LINK_H
#define GP_LINK_H

#include "base/limits.h"
#include "connection.h"
#include "merge.h"

/* Each work has up to three answers: that it is prepared, its rows, and that it is committed. */
#define GP_LINK_ENTRIES (4 * GP_BATCH_MAX)

/** What an answer is about. */
typedef enum { GP_ENTRY_PREPARED, GP_ENTRY_ROWS, GP_ENTRY_SYNC } gp_link_answer;

/** One answer that is to come. */
typedef struct {
    gp_link_answer kind;
    int of;         /* prepared: the gp_sql; rows, sync: how many works it is about */
    bool is_merged; /* prepared */
} gp_link_entry;

/**
 * A connection in libpq's pipeline mode. Only the engine's thread uses it. Works are answered in the order in which
 * they were sent.
 */
typedef struct gp_link {
    gp_connection *connection; /* NULL: the slot is free */
    PGconn *pg;
    gp_lane lane;            /* of the works that were sent */
    bool is_broken;          /* it is of no further use */
    bool is_spoilt;          /* no further statement may be sent: it must be made anew */
    bool waits_to_write;     /* the socket takes no more for now */
    unsigned watched;        /* events of the socket that the engine's epoll reports */
    apr_time_t since;        /* it has been idle or in use */
    int size;                /* works that were sent since */
    apr_interval_time_t ran; /* how long the rows of all these took to come; 0: not known */
    gp_work *works[GP_BATCH_MAX];
    unsigned first, next; /* of the works that were sent and have not ended */
    unsigned reading;     /* whose rows come next */
    int open;             /* works that no Sync has followed yet */
    bool commit_apart;    /* Sync follows when their rows have come */
    gp_link_entry entries[GP_LINK_ENTRIES];
    unsigned entry, entries_end;
    bool expects_null; /* libpq says that the answer before is complete */
    bool has_failed;   /* one of the works before the next Sync */
    bool is_undone;    /* it failed before Sync was sent, which therefore commits nothing */
    char sqlstate[GP_SQLSTATE_SIZE];
    char message[GP_WORK_MESSAGE_SIZE];
} gp_link;

/** A work has ended: its outcome is set. It may be gone when this returns. */
typedef void gp_link_ended(void *context, gp_work *work);

/** Take over a connection that is fit for a statement. @return false: libpq refuses */
bool gp_link_open(gp_link *link, gp_connection *connection, apr_time_t now);

/**
 * Give up the connection. If the link is broken, libpq knows afterwards that the connection has ended (PQstatus).
 * Otherwise it is idle, and as it was.
 * @return it
 */
gp_connection *gp_link_close(gp_link *link);

/** @return how many works have been sent and have not ended; 0: it is idle */
int gp_link_count(const gp_link *link);

/**
 * Send a statement, without a Sync. There is room: gp_link_count is less than GP_BATCH_MAX. Where that fails the link is
 * broken.
 * @param text  of the statement with numbered parameters; NULL if connection->piped says that it is prepared
 */
void gp_link_add(gp_link *link, gp_work *work, const char *text, apr_time_t now);

/**
 * Send several works as one statement; likewise.
 * @param text     of the merged statement
 * @param scratch  memory for its parameters, until this returns
 */
void gp_link_add_merged(gp_link *link, const gp_merge *merge, const char *text,
                        gp_merge_parameters *scratch, apr_time_t now);

/**
 * End what was added: all of it is one transaction.
 * @param commit_apart  false: one round trip. Otherwise two: it is committed only when all rows have come, so that a
 *                      connection that breaks before is GP_OUTCOME_BROKEN.
 */
void gp_link_end(gp_link *link, bool commit_apart);

/** Write what the socket takes; sets waits_to_write. */
void gp_link_flush(gp_link *link);

/** Read what has come, and end the works that it answers. */
void gp_link_read(gp_link *link, apr_time_t now, gp_link_ended *ended, void *context);

/** @return when the works must have ended, on gp_clock; APR_INT64_MAX: there are none */
apr_time_t gp_link_due(const gp_link *link);

/**
 * The connection is of no further use: end the works, each by what is known of it.
 * @param is_late  since they are late. Then the server is asked to cancel.
 */
void gp_link_break(gp_link *link, bool is_late, gp_link_ended *ended, void *context);

#endif
