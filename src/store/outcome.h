/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_OUTCOME_H
#define GP_OUTCOME_H

#include "base/problem.h"

#include <stdbool.h>

#define GP_SQLSTATE_SIZE 6 /* five characters and the NUL */

/** How the running of a statement ended. */
typedef enum {
    GP_OUTCOME_DONE,
    GP_OUTCOME_BROKEN, /* the connection ended before the statement was sent or could be committed */
    GP_OUTCOME_LOST,   /* the connection ended later: the statement may have been carried out */
    GP_OUTCOME_UNREACHABLE, /* the database cannot be reached, or says it cannot serve */
    GP_OUTCOME_FULL,        /* no connection came free in time */
    GP_OUTCOME_AGAIN,       /* undone by the database for the sake of another one: run it again */
    GP_OUTCOME_READ_ONLY,   /* this server takes no writes: another one may */
    GP_OUTCOME_UNPREPARED,  /* what is prepared is not what was */
    GP_OUTCOME_EXPIRED, /* it was not sent in time, or the server undid it after statement_timeout */
    GP_OUTCOME_LATE,    /* the deadline ended it: it may have been carried out */
    GP_OUTCOME_UNFIT,   /* tables or grants are not what this module needs */
    GP_OUTCOME_DUPLICATE,   /* a unique constraint besides the key forbids it */
    GP_OUTCOME_REFUSED,     /* the database refuses a value that the checks let pass */
    GP_OUTCOME_TOO_COMPLEX, /* an expression of the caller's takes more work than it may */
    GP_OUTCOME_EXHAUSTED,   /* the database lacks memory, connections or the like */
    GP_OUTCOME_DISK_FULL,
    GP_OUTCOME_FAILED /* anything else */
} gp_outcome;

/** What has become of the statement in the database. */
typedef enum {
    GP_EFFECT_NONE,    /* it has not been carried out, and will not be */
    GP_EFFECT_DONE,    /* it has been carried out and committed */
    GP_EFFECT_UNKNOWN, /* one of the two */
} gp_effect;

/** @return what an outcome says of that */
gp_effect gp_outcome_effect(gp_outcome outcome);

/**
 * The outcome of a statement that was not sent, since what had to come before it (preparing it, a look at
 * the schema) ended so.
 * @return one whose effect is GP_EFFECT_NONE
 */
gp_outcome gp_outcome_unsent(gp_outcome before);

/**
 * Judge an SQLSTATE (PostgreSQL documentation, appendix A).
 * @param sqlstate  five characters; "" where the server said none
 */
gp_outcome gp_outcome_judge(const char *sqlstate);

/**
 * Judge what the server said last on a connection that then ended, before it had answered.
 * @param sqlstate  "" where it said nothing
 * @return GP_OUTCOME_BROKEN for admin_shutdown: PostgreSQL says so only of a transaction that it undoes.
 *         Otherwise GP_OUTCOME_LOST
 */
gp_outcome gp_outcome_judge_end(const char *sqlstate);

/**
 * Find the SQLSTATE in an error message of libpq, made with PQERRORS_VERBOSE.
 * @param sqlstate  receives it, or ""
 */
void gp_outcome_find_sqlstate(char sqlstate[GP_SQLSTATE_SIZE], const char *message);

/**
 * Say to the client how a statement ended that did not end well.
 * @return 0
 */
bool gp_outcome_problem(gp_outcome outcome, gp_problem *problem);

/** @return a word for the log */
const char *gp_outcome_name(gp_outcome outcome);

#endif
