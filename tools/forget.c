/* SPDX-License-Identifier: Apache-2.0 */
/*
 * graphprofile forget OWNER: deletes all data about one person in one transaction, and prints a receipt.
 */
#include "commands.h"
#include "postgres.h"
#include "report.h"

#include "base/buffer.h"
#include "base/datetime.h"

#include <apr_strings.h>

#include <stdio.h>

/* Every table that names an owner. $1 is the id. */
static const struct {
    const char *name;      /* in the receipt, as JSON and as text */
    const char *condition; /* table and rows */
} parts[] = {
    {"positions", "graphprofile.position WHERE owner_id = $1"},
    {"relationships", "graphprofile.relationship WHERE owner_id = $1 OR viewer_id = $1"},
    {"persons", "graphprofile.person WHERE id = $1"},
};

#define PARTS ((int)(sizeof parts / sizeof parts[0]))

typedef struct {
    const char *owner;
    apr_int64_t counts[PARTS];
} receipt;

static int forget_all(gp_postgres *session, apr_pool_t *pool, int is_dry, receipt *made)
{
    const char *what = is_dry ? "SELECT count(*) FROM " : "DELETE FROM ";
    int i;

    for (i = 0; i < PARTS; i++) {
        made->counts[i] = gp_postgres_number(
            session, apr_pstrcat(pool, what, parts[i].condition, NULL), 1, &made->owner);
        if (made->counts[i] < 0)
            return 0;
    }
    return 1;
}

static int find(gp_postgres *session, apr_pool_t *pool, const gp_options *options, receipt *made)
{
    made->owner = options->is_owner_name ? gp_postgres_owner(session, pool, options->operand)
                                         : options->operand;
    return made->owner != NULL;
}

static int run(gp_postgres *session, apr_pool_t *pool, const gp_options *options, receipt *made)
{
    return gp_postgres_open(session, options->dsn)
           && gp_postgres_run(session, options->is_dry ? "BEGIN READ ONLY" : "BEGIN")
           && find(session, pool, options, made) && forget_all(session, pool, options->is_dry, made)
           && gp_postgres_run(session, "COMMIT");
}

static void print(apr_pool_t *pool, const gp_options *options, const receipt *made)
{
    char time[GP_DATETIME_SIZE];
    gp_buffer owner;
    int i;

    gp_buffer_open(&owner, pool, 64);
    gp_buffer_puts_json(&owner, made->owner);
    gp_datetime_format(time, apr_time_now());
    printf(options->is_json ? "{\"owner\":%s,\"time\":\"%s\",\"dryRun\":%s" : "owner %s at %s%s:",
           gp_buffer_text(&owner), time,
           options->is_json ? (options->is_dry ? "true" : "false")
                            : (options->is_dry ? ", dry run, nothing was deleted" : ""));
    for (i = 0; i < PARTS; i++)
        printf(options->is_json ? ",\"%s\":%" APR_INT64_T_FMT : " %s %" APR_INT64_T_FMT,
               parts[i].name, made->counts[i]);
    puts(options->is_json ? "}" : "");
}

int gp_forget(apr_pool_t *pool, const gp_options *options)
{
    gp_postgres session;
    gp_report report;
    receipt made;
    int is_done;

    gp_report_open(&report, options->is_json, options->is_dry);
    is_done = run(&session, pool, options, &made);
    if (is_done)
        print(pool, options, &made);
    else
        gp_report_error(&report, "the database: %s", session.message);
    gp_postgres_close(&session);
    return is_done ? GP_EXIT_DONE : GP_EXIT_FAILED;
}
