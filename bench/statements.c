/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prints the label and the text of each of the module's statements, one a line, so that pgbench can run the same ones.
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
