/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_SQLSTATE_H
#define GP_SQLSTATE_H

#include "base/problem.h"

#define GP_SQLSTATE_SIZE 6 /* five characters and the NUL */

/** How the running of a statement ended. */
typedef enum {
    GP_RUN_DONE,
    GP_RUN_BROKEN,    /* the connection ended before the statement was sent or could be committed */
    GP_RUN_LOST,      /* the connection ended later: the statement may have been carried out */
    GP_RUN_AWAY,      /* the database cannot be reached, or says it cannot serve */
    GP_RUN_FULL,      /* no connection came free in time */
    GP_RUN_AGAIN,     /* undone by the database for the sake of another one: run it again */
    GP_RUN_READ_ONLY, /* this server takes no writes: another one may */
    GP_RUN_UNPREPARED, /* what is prepared is not what was */
    GP_RUN_EXPIRED,    /* it was not sent in time, or the server undid it after statement_timeout */
    GP_RUN_LATE,       /* the deadline ended it: it may have been carried out */
    GP_RUN_UNFIT,      /* tables or grants are not what this module needs */
    GP_RUN_DUPLICATE,  /* a unique constraint besides the key forbids it */
    GP_RUN_REFUSED,    /* the database refuses a value that the checks let pass */
    GP_RUN_TOO_COMPLEX, /* an expression of the caller's takes more work than it may */
    GP_RUN_EXHAUSTED,   /* the database lacks memory, connections or the like */
    GP_RUN_DISK_FULL,
    GP_RUN_FAILED /* anything else */
} gp_run;

/** What has become of the statement in the database. */
typedef enum {
    GP_EFFECT_NONE,    /* it has not been carried out, and will not be */
    GP_EFFECT_DONE,    /* it has been carried out and committed */
    GP_EFFECT_UNKNOWN, /* one of the two */
} gp_effect;

/** @return what an outcome says of that */
gp_effect gp_run_effect(gp_run run);

/**
 * The outcome of a statement that was not sent, since what had to come before it (preparing it, a look at
 * the schema) ended so.
 * @return one whose effect is GP_EFFECT_NONE
 */
gp_run gp_run_unsent(gp_run before);

/**
 * Judge an SQLSTATE (PostgreSQL documentation, appendix A).
 * @param sqlstate  five characters; "" where the server said none
 */
gp_run gp_sqlstate_judge(const char *sqlstate);

/**
 * Judge what the server said last on a connection that then ended, before it had answered.
 * @param sqlstate  "" where it said nothing
 * @return GP_RUN_BROKEN for admin_shutdown: PostgreSQL says so only of a transaction that it undoes.
 *         Otherwise GP_RUN_LOST
 */
gp_run gp_sqlstate_judge_end(const char *sqlstate);

/**
 * Find the SQLSTATE in an error message of libpq, made with PQERRORS_VERBOSE.
 * @param sqlstate  receives it, or ""
 */
void gp_sqlstate_find(char sqlstate[GP_SQLSTATE_SIZE], const char *message);

/**
 * Say to the client how a statement ended that did not end well.
 * @return 0
 */
int gp_run_problem(gp_run run, gp_problem *problem);

/** @return a word for the log */
const char *gp_run_name(gp_run run);

#endif
