/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_WORK_H
#define GP_WORK_H

#include "run.h"
#include "share.h"

#include <apr_ring.h>
#include <libpq-fe.h>

#include <semaphore.h>
#include <stdatomic.h>

/** Room for the first line of PostgreSQL's message about a failure, which may be cut. */
#define GP_WORK_MESSAGE_SIZE 200

/** How statements share connections. */
typedef enum {
    GP_LANE_READ, /* all that go out together have a connection; those of one statement share a transaction */
    GP_LANE_SCAN, /* likewise, but each may read many rows: a read by key would wait too long with them */
    GP_LANE_CREATE, /* all that go out together share a transaction, those of one host */
    GP_LANE_CHANGE, /* likewise; not with inserts, whose commit waits for a second step while the rows stay locked */
    GP_LANE_ALONE, /* may wait for row locks, or ran in vain with others: has a connection */
    GP_LANE_ROWS,  /* likewise, and takes as long as its owner has rows: few at a time */
    GP_LANES
} gp_lane;

/** @return whether the works of a lane are reads that go out with others */
static inline bool gp_lane_shares_reads(gp_lane lane)
{
    return lane == GP_LANE_READ || lane == GP_LANE_SCAN;
}

/** @return whether the works of a lane are writes that go out with others */
static inline bool gp_lane_shares_writes(gp_lane lane)
{
    return lane == GP_LANE_CREATE || lane == GP_LANE_CHANGE;
}

/**
 * A statement that the engine's thread runs for another one, which waits: that one owns the memory. Until `called` is
 * posted the engine's thread alone writes here.
 */
typedef struct gp_work {
    gp_store *store;
    const gp_attempt *attempt;
    const gp_statement *statement;
    gp_share *share; /* of the caller; NULL: not known */
    gp_lane lane;
    apr_time_t submitted;     /* on gp_clock */
    apr_time_t turn;          /* among equals, the earlier one is sent first */
    apr_time_t until;         /* when it must be on a connection */
    apr_interval_time_t time; /* that it then has */

    /* How it ended. */
    gp_outcome outcome;
    bool is_client_gone; /* so it was not sent */
    apr_time_t begun;    /* it was sent; 0: it never was */
    apr_time_t ended;
    int batch;                       /* size of the batch that it was in */
    bool is_merged;                  /* it ran as one with others */
    PGresult *rows;                  /* NULL unless done; the waiting thread's to clear */
    char sqlstate[GP_SQLSTATE_SIZE]; /* of its failure, or "" */
    char message[GP_WORK_MESSAGE_SIZE];

    /* The engine's. */
    atomic_bool is_awaited; /* a thread waits, and can be called upon */
    atomic_bool is_asked;   /* that thread is to open a connection */
    apr_time_t place_until; /* how long it then waits for a place; 0: not at all */
    bool is_opener;         /* a thread was asked for it since it was submitted */
    sem_t called;           /* posted when it is asked, and last when the work has ended */
    struct gp_work *next;   /* submitted before it; its owner sets it, to submit several at once */
    APR_RING_ENTRY(gp_work) link;
} gp_work;

APR_RING_HEAD(gp_works, gp_work);

/** A statement that has waited longer (microseconds) does not run if its client has gone: it would delay the others. */
#define GP_CLIENT_CHECK_AFTER (APR_USEC_PER_SEC / 100)

/** Whether the client has given up a work that its thread awaits; sets is_client_gone. */
static inline bool gp_work_is_given_up(gp_work *work, apr_time_t now)
{
    work->is_client_gone =
        now - work->submitted > GP_CLIENT_CHECK_AFTER && work->store->is_client_gone(work->store);
    return work->is_client_gone;
}

#endif
