/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names that clients choose must not make an operation slower. APR's hash of a text is h = 33 h + c, so
 * exchanging two letters for two others can leave it unchanged, whatever the seed: all the names below that
 * consist of such pairs have one hash.
 */
#include "odata/lexer.h"
#include "document/position.h"
#include "odata/query.h"
#include "unit.h"

#include <apr_hash.h>
#include <time.h>

/* The pairs: 33 * 'a' + 'b' is 33 * 'b' + 'A'. */
static const char *const pairs[] = {"ab", "bA"};

#define PAIRS 13 /* 2^13 names of 26 letters */
#define NAMES (1 << PAIRS)

/* The limit: the cost of colliding names relative to other names. With apr_hash it was 30. */
#define FACTOR 5

static int calls; /* of make_name, to check that both kinds were made */

/* Writes one of NAMES different names of the same length, which collide or do not. */
static void make_name(char *out, int number, int collides)
{
    int i;

    for (i = 0; i < PAIRS; i++, number >>= 1)
        memcpy(out + 2 * i, collides ? pairs[number & 1] : number & 1 ? "xy" : "zq", 2);
    calls++;
}

/* Builds a text from every name, with separators. */
static char *names_between(const char *open, const char *before, const char *after,
                           const char *close, int count, int collides)
{
    char *text = malloc(strlen(open) + strlen(close) + 1
                        + (size_t)count * (2 * PAIRS + strlen(before) + strlen(after))),
         *at = text;
    int i;

    at += sprintf(at, "%s", open);
    for (i = 0; i < count; i++) {
        at += sprintf(at, "%s", before);
        make_name(at, i, collides);
        at += 2 * PAIRS;
        at += sprintf(at, "%s", after);
    }
    sprintf(at, "%s", close);
    return text;
}

static gp_value *read_text(const char *text, gp_reading reading)
{
    gp_problem problem;
    gp_reader *reader;

    gp_problem_open(&problem, pool);
    reader = gp_reader_open(pool, &gp_work_position, reading, GP_VALIDATION_STRICT, &problem);
    gp_reader_feed(reader, text, strlen(text));
    return gp_reader_finish(reader);
}

/* The measured functions: each does all its work with a text that contains the names. */
static void annotate(const char *text)
{
    ck_assert_ptr_nonnull(read_text(text, GP_READING_NEW));
}

static void restore(const char *text)
{
    ck_assert_ptr_nonnull(read_text(text, GP_READING_STORED));
}

static void merge(const char *text)
{
    gp_value *stored = read_text(text, GP_READING_STORED);

    gp_value_merge(pool, stored, read_text(text, GP_READING_STORED));
}

static void query(const char *text)
{
    gp_problem problem;
    gp_query query;

    gp_problem_open(&problem, pool);
    ck_assert(gp_query_parse(pool, text, GP_OPERATION_READ, &query, &problem));
}

static void skip_option(const char *text)
{
    gp_lexer lexer;

    gp_lexer_open(&lexer, pool, text + 1);
    gp_lexer_skip_option(&lexer);
}

/* Seconds of processor time, the best of several runs. */
static double cost(void (*run)(const char *text), const char *text)
{
    apr_pool_t *outer = pool;
    double best = 1e9, taken;
    clock_t start;
    int i;

    for (i = 0; i < 3 && best > 0.01; i++) {
        apr_pool_create(&pool, outer);
        start = clock();
        run(text);
        taken = (double)(clock() - start) / CLOCKS_PER_SEC;
        apr_pool_destroy(pool);
        best = taken < best ? taken : best;
    }
    pool = outer;
    return best;
}

static void compare(const char *open, const char *before, const char *after, const char *close,
                    int count, void (*run)(const char *text))
{
    char *colliding = names_between(open, before, after, close, count, 1);
    char *others = names_between(open, before, after, close, count, 0);
    double most = FACTOR * (cost(run, others) + 0.002), taken = cost(run, colliding);

    ck_assert_int_eq(calls, 2 * count);
    ck_assert_msg(taken < most, "%.3f s, and without collisions %.3f s", taken, most / FACTOR);
    free(colliding);
    free(others);
}

/* The hash of each by the formula 33 h + c, as apr_hash computes it. */
TEST(the_names_collide)
{
    char name[2 * PAIRS];
    apr_ssize_t length = sizeof name;
    unsigned first, i;

    make_name(name, 0, 1);
    first = apr_hashfunc_default(name, &length);
    for (i = 1; i < NAMES; i += 77) {
        make_name(name, (int)i, 1);
        ck_assert_uint_eq(apr_hashfunc_default(name, &length), first);
    }
}

TEST(annotations_cost_no_more)
{
    compare("{\"isCurrent\":true", ",\"", "@\":1", "}", NAMES, annotate);
}

TEST(undeclared_members_cost_no_more)
{
    compare("{\"createdBy\":{\"x\":{\"y\":1", ",\"", "\":1", "}}}", NAMES, restore);
}

TEST(undeclared_members_of_open_types_cost_no_more)
{
    compare("{\"createdBy\":{\"x\":1", ",\"", "\":1", "}}", NAMES, restore);
}

TEST(merges_cost_no_more)
{
    compare("{\"createdBy\":{\"x\":1", ",\"", "\":1", "}}", NAMES, merge);
}

TEST(aliases_cost_no_more)
{
    compare("a=1", "&@", "=1", "", NAMES, query);
}

/* If each token looked at the whole rest of the text, the cost would grow with the square of its length. */
TEST(tokenizing_takes_linear_time)
{
    static const struct {
        const char *piece, *end;
    } rows[] = {{"a-", ")"}, {"'' ", ")"}, {"a ", ")"}, {"( ", ""}, {"() ", ")"}, {"1 ", ")"}};
    apr_size_t i;

    for (i = 0; i < COUNT(rows); i++) {
        char *texts[2];
        double taken[2];
        int size;

        for (size = 0; size < 2; size++) {
            int pieces = size == 0 ? 5000 : 40000, n;
            char *at = texts[size] = malloc(40000 * strlen(rows[i].piece) + 16);

            at += sprintf(at, "%s", "(");
            for (n = 0; n < pieces; n++)
                at += sprintf(at, "%s", rows[i].piece);
            sprintf(at, "%s", rows[i].end);
            taken[size] = cost(skip_option, texts[size]);
            free(texts[size]);
        }
        /* Eight times the text: eight times the cost, not sixty-four. */
        ck_assert_msg(taken[1] < 24 * (taken[0] + 0.001), "%s: %.4f s, then %.4f s", rows[i].piece,
                      taken[0], taken[1]);
    }
}

UNIT_MAIN("collisions")
