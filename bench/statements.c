/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prints the label and the text of each of the module's statements, one a line, so that pgbench can run the same ones. A
 * merged text, whose parameters are arrays, has the label with the suffix that its prepared statement has.
 */
#include "store/statements.h"

#include <apr_general.h>

#include <stdio.h>

static void print_all(apr_pool_t *pool)
{
    int sql;

    for (sql = 0; sql < GP_SQL_STATEMENTS; sql++) {
        const gp_statement *statement = gp_statement_get((gp_sql)sql);
        const char *merged = gp_statement_merged(pool, (gp_sql)sql);

        printf("%s\t%s\n", statement->label, statement->text);
        if (merged != NULL)
            printf("%s_merged\t%s\n", statement->label, merged);
    }
}

int main(void)
{
    apr_pool_t *pool;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    print_all(pool);
    apr_terminate();
    return 0;
}
