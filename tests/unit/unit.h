/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Unit tests: one file for each module of the core, with libcheck. A test is TEST(name) { .. }: it
 * registers itself, so that no test can be forgotten. Each test has a new `pool`.
 */
#ifndef UNIT_H
#define UNIT_H

#include <apr_general.h>
#include <apr_pools.h>
#include <apr_strings.h>
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static apr_pool_t *pool;
static const TTest *unit_tests[200];
static int unit_count;

#define TEST(name)                                                                                 \
    static const TTest *name;                                                                      \
    __attribute__((constructor)) static void register_##name(void)                                 \
    {                                                                                              \
        unit_tests[unit_count++] = name;                                                           \
    }                                                                                              \
    START_TEST(name)

static void unit_setup(void)
{
    apr_initialize();
    apr_pool_create(&pool, NULL);
}

static void unit_teardown(void)
{
    apr_pool_destroy(pool);
    apr_terminate();
}

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* Returns a NUL-terminated copy that ends at the end of its memory, so that AddressSanitizer detects a
 * read beyond. */
static inline char *tight_copy(const char *text, apr_size_t length)
{
    char *copy = malloc(length + 1);

    memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}

/* Returns the bytes of address space in use. */
static inline long memory_in_use(void)
{
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");

    if (file != NULL) {
        if (fscanf(file, "%ld", &pages) != 1)
            pages = 0;
        fclose(file);
    }
    return pages * sysconf(_SC_PAGESIZE);
}

/* The main function of one file of tests. CK_RUN_CASE, CK_VERBOSITY and so on work as usual. */
#define UNIT_MAIN(room)                                                                            \
    int main(void)                                                                                 \
    {                                                                                              \
        Suite *suite = suite_create(room);                                                         \
        TCase *cases = tcase_create(room);                                                         \
        SRunner *runner;                                                                           \
        int i, failed;                                                                             \
                                                                                                   \
        tcase_add_checked_fixture(cases, unit_setup, unit_teardown);                               \
        for (i = 0; i < unit_count; i++)                                                           \
            tcase_add_test(cases, unit_tests[i]);                                                  \
        suite_add_tcase(suite, cases);                                                             \
        runner = srunner_create(suite);                                                            \
        srunner_run_all(runner, CK_ENV);                                                           \
        failed = srunner_ntests_failed(runner);                                                    \
        srunner_free(runner);                                                                      \
        return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;                                          \
    }

#endif
