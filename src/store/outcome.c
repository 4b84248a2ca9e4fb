/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The meaning of PostgreSQL's answers: SQLSTATE -> outcome -> problem, one table for each arrow. The store and the
 * connection decide what to do about an outcome: try again, or reset the connection.
 */
#include "outcome.h"

#include <string.h>

/* The first row whose code is a prefix of the SQLSTATE applies. */
static const struct {
    const char *code;
    gp_outcome outcome;
} states[] = {
    {"0A000", GP_OUTCOME_UNPREPARED}, /* cached plan must not change result type */
    {"08", GP_OUTCOME_LOST},          /* connection to a Citus worker, even in a commit */
    {"22", GP_OUTCOME_REFUSED},       /* data exceptions: the type cannot hold the value */
    {"23505", GP_OUTCOME_DUPLICATE},  /* unique_violation: of a constraint of the administrator */
    {"23514", GP_OUTCOME_REFUSED},    /* check_violation: the document is incomplete */
    {"25006", GP_OUTCOME_READ_ONLY},
    {"26000", GP_OUTCOME_UNPREPARED},
    {"3F000", GP_OUTCOME_UNFIT},      /* no such schema */
    {"40001", GP_OUTCOME_AGAIN},      /* serialization_failure */
    {"40P01", GP_OUTCOME_AGAIN},      /* deadlock_detected */
    {"42501", GP_OUTCOME_UNFIT},      /* insufficient_privilege */
    {"42703", GP_OUTCOME_UNFIT},      /* no such column */
    {"42704", GP_OUTCOME_UNFIT},      /* no such type */
    {"42883", GP_OUTCOME_UNFIT},      /* no such function */
    {"42P01", GP_OUTCOME_UNFIT},      /* no such table */
    {"42P05", GP_OUTCOME_UNPREPARED}, /* prepared already, through a pooler for another client */
    {"42P10", GP_OUTCOME_UNFIT},      /* no such key for ON CONFLICT */
    {"53100", GP_OUTCOME_DISK_FULL},
    {"53400", GP_OUTCOME_TOO_COMPLEX}, /* temp_file_limit */
    {"53", GP_OUTCOME_EXHAUSTED},
    {"54001", GP_OUTCOME_REFUSED},     /* statement_too_complex: the value is too deep */
    {"55P03", GP_OUTCOME_EXHAUSTED},   /* lock_not_available: lock_timeout */
    {"57014", GP_OUTCOME_EXPIRED},     /* query_canceled: statement_timeout */
    {"57P", GP_OUTCOME_BROKEN},        /* terminated, crashed, starting up */
    {"GP001", GP_OUTCOME_TOO_COMPLEX}, /* a bound of evaluate() in sql/0005 */
};

gp_outcome gp_outcome_judge(const char *sqlstate)
{
    apr_size_t i;

    for (i = 0; i < sizeof states / sizeof states[0]; i++) {
        if (strncmp(sqlstate, states[i].code, strlen(states[i].code)) == 0)
            return states[i].outcome;
    }
    return GP_OUTCOME_FAILED;
}

gp_outcome gp_outcome_judge_end(const char *sqlstate)
{
    /* PostgreSQL delays a shutdown during a commit, and afterwards sends the answer of the commit first. */
    return strcmp(sqlstate, "57P01") == 0 ? GP_OUTCOME_BROKEN : GP_OUTCOME_LOST;
}

void gp_outcome_find_sqlstate(char sqlstate[GP_SQLSTATE_SIZE], const char *message)
{
    /* "ERROR:  23505: duplicate ..": the severity may be translated, but the form stays. */
    static const char code[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    const char *at = message ? strstr(message, ":  ") : NULL;

    sqlstate[0] = '\0';
    if (at == NULL || strspn(at + 3, code) != GP_SQLSTATE_SIZE - 1
        || at[3 + GP_SQLSTATE_SIZE - 1] != ':')
        return;
    memcpy(sqlstate, at + 3, GP_SQLSTATE_SIZE - 1);
    sqlstate[GP_SQLSTATE_SIZE - 1] = '\0';
}

static const struct {
    const char *name;
    gp_effect effect;
    gp_error error;
    int retry_after;
    const char *message; /* NULL: the error's own */
} outcomes[] = {
    [GP_OUTCOME_DONE] = {"done", GP_EFFECT_DONE, GP_OK, 0, NULL},
    [GP_OUTCOME_BROKEN] = {"connection lost before the commit", GP_EFFECT_NONE, GP_UNAVAILABLE, 1,
                           NULL},
    [GP_OUTCOME_LOST] = {"connection lost", GP_EFFECT_UNKNOWN, GP_UNAVAILABLE, 1, NULL},
    [GP_OUTCOME_UNREACHABLE] = {"database unreachable", GP_EFFECT_NONE, GP_UNAVAILABLE, 1, NULL},
    [GP_OUTCOME_FULL] = {"no free connection", GP_EFFECT_NONE, GP_UNAVAILABLE, 1,
                         "The service is busy. Please retry later."},
    [GP_OUTCOME_AGAIN] = {"conflict with another transaction", GP_EFFECT_NONE, GP_UNAVAILABLE, 1,
                          NULL},
    [GP_OUTCOME_READ_ONLY] = {"read-only server", GP_EFFECT_NONE, GP_UNAVAILABLE, 1, NULL},
    [GP_OUTCOME_UNPREPARED] = {"prepared statement invalid", GP_EFFECT_NONE, GP_UNAVAILABLE, 1,
                               NULL},
    [GP_OUTCOME_EXPIRED] = {"late, rolled back", GP_EFFECT_NONE, GP_GATEWAY_TIMEOUT, 0,
                            "The request took too long. It has not been executed."},
    [GP_OUTCOME_LATE] = {"late", GP_EFFECT_UNKNOWN, GP_GATEWAY_TIMEOUT, 0, NULL},
    [GP_OUTCOME_UNFIT] = {"schema unfit", GP_EFFECT_NONE, GP_UNAVAILABLE, 30, NULL},
    [GP_OUTCOME_DUPLICATE] = {"duplicate", GP_EFFECT_NONE, GP_CONFLICT, 0,
                              "The position conflicts with another one."},
    [GP_OUTCOME_REFUSED] = {"value refused", GP_EFFECT_NONE, GP_BAD_REQUEST, 0,
                            "The request holds a value that cannot be stored."},
    [GP_OUTCOME_TOO_COMPLEX] = {"too complex", GP_EFFECT_NONE, GP_TOO_COMPLEX, 0, NULL},
    [GP_OUTCOME_EXHAUSTED] = {"database exhausted", GP_EFFECT_NONE, GP_UNAVAILABLE, 1, NULL},
    [GP_OUTCOME_DISK_FULL] = {"disk full", GP_EFFECT_NONE, GP_INSUFFICIENT_STORAGE, 0, NULL},
    [GP_OUTCOME_FAILED] = {"failed", GP_EFFECT_NONE, GP_INTERNAL_ERROR, 0, NULL},
};

gp_effect gp_outcome_effect(gp_outcome outcome)
{
    return outcomes[outcome].effect;
}

gp_outcome gp_outcome_unsent(gp_outcome before)
{
    switch (before) {
    case GP_OUTCOME_LOST:
        return GP_OUTCOME_BROKEN;
    case GP_OUTCOME_LATE:
        return GP_OUTCOME_EXPIRED;
    default:
        return before;
    }
}

gp_outcome gp_outcome_doubted(gp_outcome last)
{
    return last == GP_OUTCOME_EXPIRED ? GP_OUTCOME_LATE : last;
}

bool gp_outcome_problem(gp_outcome outcome, gp_problem *problem)
{
    gp_problem_set(problem, outcomes[outcome].error, NULL, outcomes[outcome].message ? "%s" : NULL,
                   outcomes[outcome].message);
    problem->retry_after = outcomes[outcome].retry_after;
    return false;
}

const char *gp_outcome_name(gp_outcome outcome)
{
    return outcomes[outcome].name;
}
