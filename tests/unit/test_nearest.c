/* SPDX-License-Identifier: Apache-2.0 */
#include "base/nearest.h"
#include "unit.h"

static const char *nearest_of(const char *word, apr_size_t length, const char *const *names)
{
    gp_nearest nearest;

    gp_nearest_open(&nearest, word, length);
    for (; *names != NULL; names++)
        gp_nearest_offer(&nearest, *names);
    return nearest.name ? nearest.name : "-";
}

TEST(the_nearest_name_is_found)
{
    static const char *const names[] = {"id",
                                        "detail",
                                        "description",
                                        "displayName",
                                        "isCurrent",
                                        "jobTitle",
                                        "street",
                                        "state",
                                        "webUrl",
                                        "company",
                                        "companyCode",
                                        "colleagues",
                                        "userHasVerifiedAccuracy",
                                        NULL};
    static const struct {
        const char *word, *nearest;
    } rows[] = {
        /* differs only in case */
        {"ID", "id"},
        {"iscurrent", "isCurrent"},
        {"ISCURRENT", "isCurrent"},
        /* one character deleted, inserted, replaced; two swapped */
        {"isCurent", "isCurrent"},
        {"isCurrrent", "isCurrent"},
        {"isCurremt", "isCurrent"},
        {"isCurretn", "isCurrent"},
        {"sicurrent", "isCurrent"},
        {"jobtitel", "jobTitle"},
        {"idd", "id"},
        {"xid", "id"},
        /* the first and the last character */
        {"sCurrent", "isCurrent"},
        {"isCurren", "isCurrent"},
        /* the nearest of several near ones */
        {"companyCod", "companyCode"},
        {"companys", "company"},
        {"stret", "street"},
        {"stat", "state"},
        /* up to a third of the length, and not one more */
        {"detxil", "detail"},
        {"detxxl", "detail"},
        {"dexxxl", "-"},
        {"jobxxtle", "jobTitle"},
        {"joxxxtle", "-"},
        {"displayxxxx", "-"},
        {"displayNam", "displayName"},
        {"display", "-"},
        {"colleges", "colleagues"},
        {"college", "-"},
        {"colleagu", "colleagues"},
        {"userHaVerifedAccuracy", "userHasVerifiedAccuracy"},
        /* too short for a suggestion */
        {"", "-"},
        {"i", "-"},
        {"x", "-"},
        {"ix", "-"},
        {"di", "-"},
        /* no similar name */
        {"nothing", "-"},
        {"salary", "-"},
        {"\xc3\xab\xc3\xab", "-"},
        {"isC\xc3\xbcrrent", "isCurrent"},
        {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "-"},
    };
    apr_size_t i;

    for (i = 0; i < COUNT(rows); i++)
        ck_assert_msg(
            strcmp(nearest_of(rows[i].word, strlen(rows[i].word), names), rows[i].nearest) == 0,
            "%s: %s", rows[i].word, nearest_of(rows[i].word, strlen(rows[i].word), names));
}

TEST(of_names_at_the_same_distance_the_first_wins)
{
    static const char *const names[] = {"sourced", "sources", NULL};
    static const char *const other[] = {"sources", "sourced", NULL};

    ck_assert_str_eq(nearest_of("sourcex", 7, names), "sourced");
    ck_assert_str_eq(nearest_of("sourcex", 7, other), "sources");
}

/* The word is not NUL-terminated. */
TEST(a_word_ends_with_its_length)
{
    static const char *const names[] = {"layer", NULL};

    ck_assert_str_eq(nearest_of("layrxxxxxxx", 4, names), "layer");
}

TEST(words_and_names_at_the_limit_are_compared)
{
    char word[GP_NEAREST_LENGTH + 2], name[GP_NEAREST_LENGTH + 2];
    const char *const names[] = {name, NULL};
    int length;

    for (length = GP_NEAREST_LENGTH - 1; length <= GP_NEAREST_LENGTH + 1; length++) {
        int is_short = length <= GP_NEAREST_LENGTH;

        memset(word, 'a', sizeof word);
        memset(name, 'a', sizeof name);
        name[length] = '\0';
        name[0] = 'b';
        ck_assert_str_eq(nearest_of(word, (apr_size_t)length, names), is_short ? name : "-");
        ck_assert_str_eq(nearest_of(word, GP_NEAREST_LENGTH - 2, names), is_short ? name : "-");
    }
}

/* A reference implementation: the recursive definition of the distance. */
static int by_definition(const char *a, int n, const char *b, int m)
{
    int least, other;

    if (n == 0 || m == 0)
        return n + m;
    least = by_definition(a, n - 1, b, m - 1) + (a[n - 1] != b[m - 1]);
    other = by_definition(a, n - 1, b, m) + 1;
    least = other < least ? other : least;
    other = by_definition(a, n, b, m - 1) + 1;
    least = other < least ? other : least;
    if (n > 1 && m > 1 && a[n - 1] == b[m - 2] && a[n - 2] == b[m - 1]) {
        other = by_definition(a, n - 2, b, m - 2) + 1;
        least = other < least ? other : least;
    }
    return least;
}

TEST(distances_are_those_of_the_definition)
{
    unsigned state = 1;
    int round, i;

    for (round = 0; round < 3000; round++) {
        char word[8] = "", name[8] = "";
        const char *const names[] = {name, NULL};
        int n, m, is_near;

        state = state * 1103515245u + 12345u;
        n = 3 + (int)(state >> 16) % 4;
        m = 2 + (int)(state >> 20) % 5;
        for (i = 0; i < n; i++)
            word[i] = (char)('a' + ((state = state * 1103515245u + 12345u) >> 16) % 3);
        for (i = 0; i < m; i++)
            name[i] = (char)('a' + ((state = state * 1103515245u + 12345u) >> 16) % 3);
        is_near = by_definition(word, n, name, m) <= n / 3;
        ck_assert_msg((strcmp(nearest_of(word, (apr_size_t)n, names), name) == 0) == is_near,
                      "%s %s", word, name);
    }
}

UNIT_MAIN("nearest")
