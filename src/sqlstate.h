/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_SQLSTATE_H
#define GP_SQLSTATE_H

#include "problem.h"

#define GP_SQLSTATE_SIZE 6 /* five characters and the NUL */

/** How the running of a statement ended. */
typedef enum {
    GP_RUN_DONE,
    GP_RUN_LOST,       /* the connection broke: it is unknown whether the statement ran */
    GP_RUN_AWAY,       /* the database cannot be reached or says it cannot serve; it did not run */
    GP_RUN_FULL,       /* no connection came free in time; it did not run */
    GP_RUN_AGAIN,      /* undone by the database for the sake of another one: run it again */
    GP_RUN_READ_ONLY,  /* this server takes no writes: another one may */
    GP_RUN_UNPREPARED, /* what is prepared is not what was; it did not run */
    GP_RUN_LATE,       /* a deadline ended it */
    GP_RUN_UNFIT,      /* tables or grants are not what this module needs; it did not run */
    GP_RUN_DUPLICATE,  /* a unique constraint besides the key forbids it */
    GP_RUN_REFUSED,    /* the database refuses a value that the checks let pass */
    GP_RUN_EXHAUSTED,  /* the database lacks memory, connections or the like */
    GP_RUN_DISK_FULL,
    GP_RUN_FAILED /* anything else */
} gp_run;

/**
 * Judge an SQLSTATE (PostgreSQL documentation, appendix A).
 * @param sqlstate  five characters; "" where the server said none
 */
gp_run gp_sqlstate_judge(const char *sqlstate);

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
