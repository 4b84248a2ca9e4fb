/* SPDX-License-Identifier: Apache-2.0 */
/*
 * graphprofile: checks, imports, exports and deletes positions in bulk. It links libpq and the folders of
 * the module that do not depend on httpd. Each command has its own file.
 */
#include "commands.h"
#include "report.h"

#include <apr_general.h>

#include <stdio.h>

static int run(apr_pool_t *pool, const gp_options *options)
{
    switch (options->command) {
    case GP_CHECK:
        return gp_check(pool, options);
    case GP_IMPORT:
        return gp_import(pool, options);
    case GP_EXPORT:
        return gp_export(pool, options);
    default:
        return gp_forget(pool, options);
    }
}

int main(int count, char **words)
{
    gp_options options;
    apr_pool_t *pool;
    int status;

    if (apr_initialize() != APR_SUCCESS)
        return GP_EXIT_FAILED;
    apr_pool_create(&pool, NULL);
    if (!gp_options_read(pool, count, words, &options))
        status = GP_EXIT_USAGE;
    else
        status = options.is_finished ? GP_EXIT_DONE : run(pool, &options);
    if (fflush(stdout) != 0 || ferror(stdout)) { /* for example on a full disk */
        perror("graphprofile: standard output");
        status = GP_EXIT_FAILED;
    }
    apr_pool_destroy(pool);
    apr_terminate();
    return status;
}
