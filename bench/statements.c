/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prints the module's statements, label and text, one a line, so that pgbench runs the very same.
 */
#include "store/statements.h"

#include <stdio.h>

int main(void)
{
    int sql;

    for (sql = 0; sql < GP_SQL_STATEMENTS; sql++)
        printf("%s\t%s\n", gp_statement_get((gp_sql)sql)->label,
               gp_statement_get((gp_sql)sql)->text);
    return 0;
}
