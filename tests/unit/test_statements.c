/* SPDX-License-Identifier: Apache-2.0 */
#include "base/limits.h"
#include "store/statements.h"
#include "unit.h"

static int count(const char *text, const char *word)
{
    int n = 0;

    for (text = strstr(text, word); text != NULL; text = strstr(text + 1, word))
        n++;
    return n;
}

TEST(each_row_describes_its_statement)
{
    int sql, other;

    for (sql = 0; sql < GP_SQL_STATEMENTS; sql++) {
        const gp_statement *one = gp_statement_get((gp_sql)sql);
        const char *again, *numbered, *last;

        ck_assert_int_eq(count(one->text, "%pDt"), one->parameters);
        ck_assert_int_eq(count(one->text, "%"), one->parameters);
        for (again = strchr(one->text, '$'); again != NULL; again = strchr(again + 1, '$'))
            ck_assert(again[1] >= '1' && again[1] - '0' <= one->parameters);
        ck_assert_int_eq(count(one->text, "evaluate"), 0);
        ck_assert(!one->can_share || one->cost == GP_COST_CONSTANT);
        numbered = gp_statement_numbered(pool, (gp_sql)sql);
        ck_assert_ptr_null(strstr(numbered, "%pDt"));
        last = apr_psprintf(pool, "$%d", one->parameters);
        ck_assert(one->parameters == 0 || strstr(numbered, last) != NULL);
        ck_assert_ptr_null(strstr(numbered, apr_psprintf(pool, "$%d", one->parameters + 1)));
        ck_assert_uint_eq(strspn(one->label, "abcdefghijklmnopqrstuvwxyz_0123456789"),
                          strlen(one->label));
        for (other = 0; other < sql; other++)
            ck_assert_str_ne(one->label, gp_statement_get((gp_sql)other)->label);
    }
}

/* Each parameter is a column of the rows that the arrays make. */
TEST(a_merged_text_has_every_parameter)
{
    int sql, i;

    for (sql = 0; sql < GP_SQL_STATEMENTS; sql++) {
        const gp_statement *one = gp_statement_get((gp_sql)sql);
        const char *merged = gp_statement_merged(pool, (gp_sql)sql);

        ck_assert_int_eq(merged != NULL, gp_statement_is_mergeable(one));
        if (merged == NULL) {
            ck_assert(!one->can_share || one->parameters == 0 || !one->is_repeatable);
            continue;
        }
        ck_assert_ptr_null(strchr(merged, '%'));
        for (i = 1; i <= one->parameters; i++) {
            ck_assert_int_eq(count(merged, apr_psprintf(pool, "$%d", i)), 1);
            ck_assert_int_ge(count(merged, apr_psprintf(pool, "v.p%d", i)), 1);
        }
        ck_assert_int_eq(count(merged, "$"), one->parameters);
        ck_assert_ptr_null(strstr(merged, apr_psprintf(pool, "v.p%d", i)));
        ck_assert(one->merged == NULL || one->key < one->parameters);
    }
}

UNIT_MAIN("statements")
