/* SPDX-License-Identifier: Apache-2.0 */
#include "odata/unsupported.h"
#include "unit.h"

/* A text, the position of its error (0: it is legal), and words of the message. */
typedef struct {
    const char *text;
    int at;
    const char *words;
} row;

static void check(const row *rows, apr_size_t count, const char *option,
                  int (*read)(apr_pool_t *pool, const char *text, gp_problem *problem))
{
    gp_problem problem;
    apr_size_t i;

    for (i = 0; i < count; i++) {
        int is_legal;

        gp_problem_open(&problem, pool);
        is_legal = read(pool, rows[i].text, &problem);
        ck_assert_msg(is_legal == (rows[i].at == 0), "%s", rows[i].text);
        ck_assert_int_eq(problem.error, is_legal ? GP_OK : GP_BAD_REQUEST);
        if (is_legal)
            continue;
        ck_assert_str_eq(problem.target, option);
        ck_assert_msg(
            strstr(problem.message, rows[i].words) != NULL
                && strstr(problem.message, apr_psprintf(pool, "At position %d: ", rows[i].at))
                       == problem.message,
            "%s: %s", rows[i].text, problem.message);
    }
}

TEST(searches_are_recognized)
{
    static const row rows[] = {
        {"a", 0, NULL},
        {"a b", 0, NULL},
        {" a\tAND b ", 0, NULL},
        {"a OR NOT b", 0, NULL},
        {"NOT NOT a", 0, NULL},
        {"and or not", 0, NULL},
        {"\"a b\"c", 0, NULL},
        {"\"a\\\"b\"", 0, NULL},
        {"(a)(b)", 0, NULL},
        {"((a OR b) AND (NOT \"c\"))", 0, NULL},
        {"it's", 0, NULL},
        {"ANDROID", 0, NULL},
        {"\xc3\xab", 0, NULL},
        {"", 1, "not the end"},
        {"  ", 3, "not the end"},
        {"AND", 1, "not an operator"},
        {"a AND", 6, "not the end"},
        {"a AND OR b", 7, "not an operator"},
        {"NOT", 4, "not the end"},
        {"NOT AND a", 5, "not an operator"},
        {"\"", 1, "no closing quote"},
        {"a \"b\\", 3, "no closing quote"},
        {"\"\"", 1, "empty"},
        {"(", 2, "not the end"},
        {"()", 2, "not ')'"},
        {"(a", 3, "expected ')'"},
        {"a)", 2, "closes nothing"},
        {"\xc3\xab)", 2, "closes nothing"},
        {"(a OR)", 6, "not ')'"},
    };

    check(rows, COUNT(rows), "$search", gp_unsupported_search);
}

TEST(transformations_are_recognized)
{
    static const row rows[] = {
        {"identity", 0, NULL},
        {"aggregate(x with sum as y)", 0, NULL},
        {"filter(a eq ')')/groupby((b,c))/topcount(2,d)", 0, NULL},
        {"concat(identity,aggregate($count as n))/identity", 0, NULL},
        {"", 1, "not the end"},
        {"identity/", 10, "not the end"},
        {"identity()", 9, "'/' or the end"},
        {"aggregate", 10, "'('"},
        {"aggregate(x", 10, "not closed"},
        {"nonsense(x)", 1, "not 'nonsense'"},
        {"filter(x),filter(y)", 10, "not ','"},
        {"'a'", 1, "a transformation"},
        {"#", 1, "is not valid here"},
    };

    check(rows, COUNT(rows), "$apply", gp_unsupported_apply);
}

UNIT_MAIN("unsupported")
