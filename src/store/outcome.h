/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_OUTCOME_H
#define GP_OUTCOME_H

#include "base/problem.h"

#include <stdbool.h>

#define GP_SQLSTATE_SIZE 6 /* five characters and the NUL */

/** How a statement ended. */
typedef enum {
    GP_OUTCOME_DONE,
    GP_OUTCOME_BROKEN,      /* the connection ended before the statement was sent or could commit */
    GP_OUTCOME_LOST,        /* the connection ended later: the statement may have been executed */
    GP_OUTCOME_UNREACHABLE, /* the database cannot be reached, or says that it cannot serve */
    GP_OUTCOME_FULL,        /* no connection became free in time */
    GP_OUTCOME_AGAIN,       /* rolled back because of another transaction: run it again */
    GP_OUTCOME_READ_ONLY,   /* this server takes no writes: another one may */
    GP_OUTCOME_UNPREPARED,  /* the prepared statement is gone, or its types have changed */
    GP_OUTCOME_EXPIRED,     /* not sent in time, or rolled back after statement_timeout */
    GP_OUTCOME_LATE,        /* the deadline ended it: it may have been executed */
    GP_OUTCOME_UNFIT,       /* the schema or its grants do not suit this module */
    GP_OUTCOME_DUPLICATE,   /* a unique constraint other than the key forbids it */
    GP_OUTCOME_REFUSED,     /* the database refuses a value that passed the checks */
    GP_OUTCOME_TOO_COMPLEX, /* an expression of the client exceeds a bound on its work */
    GP_OUTCOME_EXHAUSTED,   /* the database lacks memory, connections or another resource */
    GP_OUTCOME_DISK_FULL,
    GP_OUTCOME_FAILED /* anything else */
} gp_outcome;

/** The effect of a statement on the database. */
typedef enum {
    GP_EFFECT_NONE,    /* it has not been executed, and will not be */
    GP_EFFECT_DONE,    /* it has been executed and committed */
    GP_EFFECT_UNKNOWN, /* one of the two */
} gp_effect;

/** @return the effect that an outcome implies */
gp_effect gp_outcome_effect(gp_outcome outcome);

/**
 * The outcome of a statement that was not sent, because a step before it (preparing it, checking the schema) failed.
 * @param before  outcome of that step
 * @return an outcome whose effect is GP_EFFECT_NONE
 */
gp_outcome gp_outcome_unsent(gp_outcome before);

/**
 * The outcome of a write that an earlier attempt may have executed.
 * @param last  outcome of the last attempt, or of the statement that looked for the write
 * @return an outcome whose message does not say that the write was not executed
 */
gp_outcome gp_outcome_doubted(gp_outcome last);

/**
 * Judge an SQLSTATE (PostgreSQL documentation, appendix A).
 * @param sqlstate  five characters; "" if the server sent none
 */
gp_outcome gp_outcome_judge(const char *sqlstate);

/**
 * Judge the last error on a connection that ended before the server answered.
 * @param sqlstate  "" if the server sent none
 * @return GP_OUTCOME_BROKEN for admin_shutdown, which PostgreSQL sends only if it rolls the transaction back. Otherwise
 *         GP_OUTCOME_LOST
 */
gp_outcome gp_outcome_judge_end(const char *sqlstate);

/**
 * Find the SQLSTATE in an error message of libpq, made with PQERRORS_VERBOSE.
 * @param sqlstate  receives the SQLSTATE, or ""
 */
void gp_outcome_find_sqlstate(char sqlstate[GP_SQLSTATE_SIZE], const char *message);

/**
 * Set the problem that tells the client how a statement failed.
 * @return false
 */
bool gp_outcome_problem(gp_outcome outcome, gp_problem *problem);

/** @return a word for the log */
const char *gp_outcome_name(gp_outcome outcome);

#endif
