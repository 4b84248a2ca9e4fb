/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_OPTIONS_H
#define GP_OPTIONS_H

#include "document/reader.h"

/** The commands, as bits: an option belongs to several. */
enum { GP_CHECK = 1, GP_IMPORT = 2, GP_EXPORT = 4, GP_FORGET = 8 };

/** What the command line says. */
typedef struct {
    unsigned command;
    const char *operand; /* the file, or the owner; NULL: none */
    const char *dsn;     /* of libpq; NULL: its environment */
    /* lines and owners */
    const char *source;
    const char *owner; /* export: of one owner */
    int is_owner_name; /* owners are user principal names */
    /* what the directives of the module say */
    gp_validation validation;
    const char *default_audience;
    int keeps_created_by;
    const char *application;
    int max_document, max_positions;
    /* how an import goes on */
    int max_line, max_errors, batch;
    int replaces, max_removed;
    int is_dry, is_json;
    /* what an export writes */
    const char *changed_since; /* as gp_datetime_to_utc writes it */
    int is_connector;
    int is_finished; /* --help or --version: it is printed already */
} gp_options;

/**
 * Read the command line.
 * @return zero where it is wrong: that is printed
 */
int gp_options_read(apr_pool_t *pool, int count, char **words, gp_options *options);

#endif
