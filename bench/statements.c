/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prints the module's statements, label and text, one a line, so that pgbench runs the very same; and
 * below "filter" what the module makes of the $filter that is the argument.
 */
#include "odata/filter.h"
#include "store/statements.h"

#include <apr_general.h>

#include <stdio.h>

int main(int count, char **arguments)
{
    gp_problem problem;
    apr_pool_t *pool;
    int sql;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    gp_problem_open(&problem, pool);
    for (sql = 0; sql < GP_SQL_STATEMENTS; sql++)
        printf("%s\t%s\n", gp_statement_get((gp_sql)sql)->label,
               gp_statement_get((gp_sql)sql)->text);
    if (count == 2)
        printf("filter\t%s\n", gp_filter_parse(pool, arguments[1], gp_names_make(pool), &problem));
    return 0;
}
