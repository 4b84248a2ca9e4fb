/* SPDX-License-Identifier: Apache-2.0 */
#include "store/outcome.h"
#include "unit.h"

TEST(sqlstates_have_outcomes)
{
    static const struct {
        const char *state;
        gp_outcome outcome;
    } rows[] = {
        {"08000", GP_OUTCOME_LOST},        {"08001", GP_OUTCOME_LOST},
        {"08003", GP_OUTCOME_LOST},        {"08006", GP_OUTCOME_LOST},
        {"08P01", GP_OUTCOME_LOST},        {"22001", GP_OUTCOME_REFUSED},
        {"22003", GP_OUTCOME_REFUSED},     {"22021", GP_OUTCOME_REFUSED},
        {"22P02", GP_OUTCOME_REFUSED},     {"22P05", GP_OUTCOME_REFUSED},
        {"54001", GP_OUTCOME_REFUSED},     {"54000", GP_OUTCOME_FAILED},
        {"23514", GP_OUTCOME_REFUSED},     {"23502", GP_OUTCOME_FAILED},
        {"25006", GP_OUTCOME_READ_ONLY},   {"25001", GP_OUTCOME_FAILED},
        {"25P02", GP_OUTCOME_FAILED},      {"26000", GP_OUTCOME_UNPREPARED},
        {"3F000", GP_OUTCOME_UNFIT},       {"40000", GP_OUTCOME_FAILED},
        {"40001", GP_OUTCOME_AGAIN},       {"40P01", GP_OUTCOME_AGAIN},
        {"42501", GP_OUTCOME_UNFIT},       {"42601", GP_OUTCOME_FAILED},
        {"42703", GP_OUTCOME_UNFIT},       {"42704", GP_OUTCOME_UNFIT},
        {"42883", GP_OUTCOME_UNFIT},       {"42P01", GP_OUTCOME_UNFIT},
        {"42P05", GP_OUTCOME_UNPREPARED},  {"42P10", GP_OUTCOME_UNFIT},
        {"53000", GP_OUTCOME_EXHAUSTED},   {"53100", GP_OUTCOME_DISK_FULL},
        {"53200", GP_OUTCOME_EXHAUSTED},   {"53300", GP_OUTCOME_EXHAUSTED},
        {"53400", GP_OUTCOME_TOO_COMPLEX}, {"GP001", GP_OUTCOME_TOO_COMPLEX},
        {"GP002", GP_OUTCOME_FAILED},      {"55P03", GP_OUTCOME_EXHAUSTED},
        {"57014", GP_OUTCOME_EXPIRED},     {"57P01", GP_OUTCOME_BROKEN},
        {"57P02", GP_OUTCOME_BROKEN},      {"57P03", GP_OUTCOME_BROKEN},
        {"57P05", GP_OUTCOME_BROKEN},      {"57000", GP_OUTCOME_FAILED},
        {"XX000", GP_OUTCOME_FAILED},      {"58030", GP_OUTCOME_FAILED},
        {"00000", GP_OUTCOME_FAILED},      {"ZZZZZ", GP_OUTCOME_FAILED},
        {"", GP_OUTCOME_FAILED},
    };
    apr_size_t i;

    for (i = 0; i < COUNT(rows); i++)
        ck_assert_msg(gp_outcome_judge(rows[i].state) == rows[i].outcome, "%s is %s", rows[i].state,
                      gp_outcome_name(gp_outcome_judge(rows[i].state)));
}

TEST(the_last_state_before_the_end_counts)
{
    ck_assert_int_eq(gp_outcome_judge_end("57P01"), GP_OUTCOME_BROKEN);
    ck_assert_int_eq(gp_outcome_judge_end("57P02"),
                     GP_OUTCOME_LOST); /* the server may crash during a commit */
    ck_assert_int_eq(gp_outcome_judge_end("08P01"), GP_OUTCOME_LOST); /* a pooler's own SQLSTATE */
    ck_assert_int_eq(gp_outcome_judge_end(""), GP_OUTCOME_LOST);
}

static const char *found(const char *message)
{
    static char state[GP_SQLSTATE_SIZE];

    memcpy(state, "dirty", sizeof state);
    gp_outcome_find_sqlstate(state, message);
    return state;
}

TEST(states_are_found_in_verbose_messages)
{
    static const struct {
        const char *message, *state;
    } rows[] = {
        {"ERROR:  23505: duplicate key value violates unique constraint \"position_pkey\"\n"
         "DETAIL:  Key (owner_id, id)=(a, b) already exists.\n"
         "LOCATION:  _bt_check_unique, nbtinsert.c:664\n",
         "23505"},
        {"FATAL:  57P01: terminating connection due to administrator command\n"
         "LOCATION:  ProcessInterrupts, postgres.c:3218\n"
         "server closed the connection unexpectedly\n"
         "\tThis probably means the server terminated abnormally\n",
         "57P01"},
        {"PANIC:  53100: could not write to file\n", "53100"},
        {"FEHLER:  42P01: Relation \xc2\xbbgraphprofile.position\xc2\xab existiert nicht\n",
         "42P01"},
        {"\xd0\x9e\xd0\xa8\xd0\x98\xd0\x91\xd0\x9a\xd0\x90:  22021: x\n", "22021"},
        {"\xe9\x94\x99\xe8\xaf\xaf:  22P02: x\n", "22P02"},
        {"ERREUR:  40001: n'a pas pu s\xc3\xa9rialiser un acc\xc3\xa8s\n", "40001"},
        {"ERROR:  XX000: \n", "XX000"},
        {"ERROR:  57014: canceling statement due to statement timeout", "57014"},
        {"ERROR:  P0001: mine:  40001: not this\n", "P0001"},
    };
    apr_size_t i;

    for (i = 0; i < COUNT(rows); i++)
        ck_assert_str_eq(found(rows[i].message), rows[i].state);
}

TEST(messages_without_a_state_have_none)
{
    static const char *const none[] = {
        "",
        ":",
        ":  ",
        "ERROR:  ",
        "ERROR:  2350",
        "ERROR:  23505",
        "ERROR:  23505 duplicate key",
        "ERROR:  2350a: duplicate key",
        "ERROR:  235055: duplicate key",
        "ERROR:  2350: duplicate key",
        "ERROR:  duplicate key value violates unique constraint\n",
        "ERROR: 23505: duplicate key",
        "23505: duplicate key",
        "server closed the connection unexpectedly\n"
        "\tThis probably means the server terminated abnormally\n"
        "\tbefore or while processing the request.\n",
        "could not receive data from server: Connection reset by peer\n",
        "could not send data to server: Broken pipe\n",
        "SSL SYSCALL error: EOF detected\n",
        "no connection to the server\n",
        "another command is already in progress\n",
        "lost synchronization with server: got message type \"x\", length 1\n",
        "connection to server on socket \"/tmp/.s.PGSQL.5432\" failed: No such file or directory\n"
        "\tIs the server running locally and accepting connections on that socket?\n",
        "connection to server at \"db\" (10.0.0.1), port 5432 failed: FATAL:  password "
        "authentication failed for user \"x\"\n",
        "connection to server at \"db\" (10.0.0.1), port 5432 failed: FATAL:  the database system "
        "is starting up\n",
        "timeout expired\n",
    };
    apr_size_t i;

    for (i = 0; i < COUNT(none); i++)
        ck_assert_msg(*found(none[i]) == '\0', "%s gives %s", none[i], found(none[i]));
    ck_assert_str_eq(found(NULL), "");
}

/* No message makes the parser read too far (for the sanitizers). */
TEST(truncated_messages_are_not_read_past_their_end)
{
    static const char whole[] = "ERROR:  23505: duplicate";
    apr_size_t length;

    for (length = 0; length < sizeof whole; length++) {
        char *message = malloc(length + 1);

        memcpy(message, whole, length);
        message[length] = '\0';
        ck_assert_str_eq(found(message), length >= strlen("ERROR:  23505:") ? "23505" : "");
        free(message);
    }
}

TEST(every_outcome_has_an_error_for_the_client)
{
    static const struct {
        gp_outcome outcome;
        gp_error error;
        int retry;
    } rows[] = {
        {GP_OUTCOME_BROKEN, GP_UNAVAILABLE, 1},
        {GP_OUTCOME_LOST, GP_UNAVAILABLE, 1},
        {GP_OUTCOME_UNREACHABLE, GP_UNAVAILABLE, 1},
        {GP_OUTCOME_FULL, GP_UNAVAILABLE, 1},
        {GP_OUTCOME_AGAIN, GP_UNAVAILABLE, 1},
        {GP_OUTCOME_READ_ONLY, GP_UNAVAILABLE, 1},
        {GP_OUTCOME_UNPREPARED, GP_UNAVAILABLE, 1},
        {GP_OUTCOME_EXPIRED, GP_GATEWAY_TIMEOUT, 0},
        {GP_OUTCOME_LATE, GP_GATEWAY_TIMEOUT, 0},
        {GP_OUTCOME_UNFIT, GP_UNAVAILABLE, 1},
        {GP_OUTCOME_REFUSED, GP_BAD_REQUEST, 0},
        {GP_OUTCOME_TOO_COMPLEX, GP_TOO_COMPLEX, 0},
        {GP_OUTCOME_EXHAUSTED, GP_UNAVAILABLE, 1},
        {GP_OUTCOME_DISK_FULL, GP_INSUFFICIENT_STORAGE, 0},
        {GP_OUTCOME_FAILED, GP_INTERNAL_ERROR, 0},
    };
    gp_problem problem;
    apr_size_t i;

    for (i = 0; i < COUNT(rows); i++) {
        gp_problem_open(&problem, pool);
        ck_assert_int_eq(gp_outcome_problem(rows[i].outcome, &problem), 0);
        ck_assert_int_eq(problem.error, rows[i].error);
        ck_assert_msg((problem.retry_after > 0) == rows[i].retry, "%s",
                      gp_outcome_name(rows[i].outcome));
        ck_assert_ptr_null(problem.target);
        ck_assert_ptr_null(problem.details);
    }
}

/* Only a statement that broke or timed out after it was sent may have been executed. */
TEST(every_outcome_states_whether_the_statement_ran)
{
    int outcome;

    for (outcome = GP_OUTCOME_DONE; outcome <= GP_OUTCOME_FAILED; outcome++)
        ck_assert_int_eq(gp_outcome_effect((gp_outcome)outcome),
                         outcome == GP_OUTCOME_DONE ? GP_EFFECT_DONE
                         : outcome == GP_OUTCOME_LOST || outcome == GP_OUTCOME_LATE
                             ? GP_EFFECT_UNKNOWN
                             : GP_EFFECT_NONE);
}

TEST(an_unsent_statement_has_not_run)
{
    int outcome;

    for (outcome = GP_OUTCOME_BROKEN; outcome <= GP_OUTCOME_FAILED; outcome++) {
        gp_outcome unsent = gp_outcome_unsent((gp_outcome)outcome);
        gp_problem before, after;

        ck_assert_int_eq(gp_outcome_effect(unsent), GP_EFFECT_NONE);
        gp_problem_open(&before, pool);
        gp_problem_open(&after, pool);
        gp_outcome_problem((gp_outcome)outcome, &before);
        gp_outcome_problem(unsent, &after);
        ck_assert_int_eq(before.error, after.error);
    }
    ck_assert_int_eq(gp_outcome_unsent(GP_OUTCOME_LOST), GP_OUTCOME_BROKEN);
    ck_assert_int_eq(gp_outcome_unsent(GP_OUTCOME_LATE), GP_OUTCOME_EXPIRED);
    ck_assert_int_eq(gp_outcome_unsent(GP_OUTCOME_UNFIT), GP_OUTCOME_UNFIT);
}

TEST(messages_to_the_client_reveal_no_internals)
{
    static const char *const words[] = {"SQL", "ostgres", "tatement", "onnection", "chema", "gp_"};
    gp_problem problem;
    apr_size_t i;
    int outcome;

    for (outcome = GP_OUTCOME_BROKEN; outcome <= GP_OUTCOME_FAILED; outcome++) {
        const char *message;

        gp_problem_open(&problem, pool);
        gp_outcome_problem((gp_outcome)outcome, &problem);
        message = problem.message ? problem.message : gp_error_get(problem.error)->message;
        for (i = 0; i < COUNT(words); i++)
            ck_assert_msg(strstr(message, words[i]) == NULL, "%s", message);
    }
}

TEST(an_outcome_replaces_the_problem_of_an_earlier_one)
{
    gp_problem problem;

    gp_problem_open(&problem, pool);
    gp_outcome_problem(GP_OUTCOME_FULL, &problem);
    ck_assert_str_eq(problem.message, "The service is busy. Please retry later.");
    gp_outcome_problem(GP_OUTCOME_LATE, &problem);
    ck_assert_ptr_null(problem.message);
    ck_assert_int_eq(problem.retry_after, 0);
}

TEST(every_outcome_has_a_name_of_its_own)
{
    int outcome, other;

    for (outcome = GP_OUTCOME_DONE; outcome <= GP_OUTCOME_FAILED; outcome++) {
        ck_assert_int_gt((int)strlen(gp_outcome_name((gp_outcome)outcome)), 2);
        for (other = GP_OUTCOME_DONE; other < outcome; other++)
            ck_assert_str_ne(gp_outcome_name((gp_outcome)outcome),
                             gp_outcome_name((gp_outcome)other));
    }
    ck_assert_str_eq(gp_outcome_name(GP_OUTCOME_DONE), "done");
    ck_assert_str_eq(gp_outcome_name(GP_OUTCOME_FAILED), "failed");
    ck_assert_str_eq(gp_outcome_name(GP_OUTCOME_UNFIT), "schema unfit");
    ck_assert_str_eq(gp_outcome_name(GP_OUTCOME_DISK_FULL), "disk full");
}

UNIT_MAIN("outcome")
