/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_OPTIONS_H
#define GP_OPTIONS_H

#include "document/reader.h"

/** The commands as bits, because an option may belong to several. */
enum { GP_CHECK = 1, GP_IMPORT = 2, GP_EXPORT = 4, GP_FORGET = 8 };

/** The settings from the command line. */
typedef struct {
    unsigned command;
    const char *operand; /* the file, or the owner; NULL: none */
    const char *dsn;     /* for libpq; NULL: use its environment variables */
    /* lines and owners */
    const char *source;
    const char *owner; /* export: only positions of this owner */
    int is_owner_name; /* owners are user principal names */
    /* the same as directives of the module */
    gp_validation validation;
    const char *default_audience;
    int keeps_created_by;
    const char *application;
    int max_document, max_positions;
    /* limits of an import */
    int max_line, max_errors, batch;
    int replaces, max_removed;
    int is_dry, is_json;
    /* the selection and format of an export */
    const char *changed_since; /* as gp_datetime_to_utc writes it */
    int is_connector;
    int is_finished; /* --help or --version has been printed: exit */
} gp_options;

/**
 * Read the command line.
 * @return zero if it is wrong; the error has been printed
 */
int gp_options_read(apr_pool_t *pool, int count, char **words, gp_options *options);

#endif
