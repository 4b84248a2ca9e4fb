/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds mistakes before the server starts, and in `apachectl configtest`: a host that serves positions
 * without a database, or with one to which no connection is possible. It does not contact the database,
 * which may start later.
 *
 * mod_dbd does not expose its configuration, so this file reads its directives from httpd's configuration
 * tree, in which Include, <IfModule>, variables and macros are already resolved.
 */
#include "startup.h"
#include "config.h"
#include "dbd.h"
#include "base/version.h"

#include <ap_mpm.h>
#include <apr_dbd.h>
#include <apr_strings.h>
#include <http_core.h>
#include <libpq-fe.h>
#include <mod_dbd.h>
#include <unixd.h>
#include <util_cfgtree.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The mod_dbd directives of a host; mod_dbd's defaults for missing ones. */
typedef struct {
    const char *driver, *params; /* NULL: not set */
    int persists;
    int min, keep, max;
} settings;

static const settings defaults = {NULL, NULL, 1, 1, 2, 10};

static int is(const ap_directive_t *directive, const char *name)
{
    return strcasecmp(directive->directive, name) == 0;
}

/* Reads the directives of a section, but not of nested sections: mod_dbd's directives cannot be there. */
static void read_settings(apr_pool_t *pool, const ap_directive_t *directive, settings *dbd)
{
    for (; directive != NULL; directive = directive->next) {
        const char *args = directive->args, *value = ap_getword_conf(pool, &args);

        if (is(directive, "DBDriver"))
            dbd->driver = value;
        else if (is(directive, "DBDParams"))
            dbd->params = value;
        else if (is(directive, "DBDPersist"))
            dbd->persists = strcasecmp(value, "Off") != 0;
        else if (is(directive, "DBDMin"))
            dbd->min = (int)apr_atoi64(value);
        else if (is(directive, "DBDKeep"))
            dbd->keep = (int)apr_atoi64(value);
        else if (is(directive, "DBDMax"))
            dbd->max = (int)apr_atoi64(value);
    }
}

/* Returns the settings of a host: those of the main server, overridden by its own section. */
static settings settings_of(apr_pool_t *pool, const server_rec *server)
{
    settings dbd = defaults;
    const ap_directive_t *section = ap_conftree;

    read_settings(pool, ap_conftree, &dbd);
    for (; server->is_virtual && section != NULL; section = section->next) {
        if (is(section, "<VirtualHost") && section->line_num == (int)server->defn_line_number
            && strcmp(section->filename, server->defn_name) == 0)
            read_settings(pool, section->first_child, &dbd);
    }
    return dbd;
}

/* Returns true for configtest and the start; false for a reload. */
static bool is_starting(void)
{
    return ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG;
}

/* Returns the value of a connection parameter, or else of the environment variable that libpq uses
 * instead. */
static const char *parameter(const PQconninfoOption *options, const char *keyword)
{
    for (; options->keyword != NULL; options++) {
        if (strcmp(options->keyword, keyword) == 0)
            return options->val != NULL ? options->val : getenv(options->envvar);
    }
    return NULL;
}

/* Returns true if httpd's children may search the folders above a file. If a group has the permission, the
 * children are assumed to belong to it. */
static bool can_reach(apr_pool_t *pool, const char *path, uid_t user)
{
    char *folder = apr_pstrdup(pool, path), *slash;
    struct stat info;

    for (slash = strrchr(folder, '/'); slash != NULL && slash != folder;
         slash = strrchr(folder, '/')) {
        *slash = '\0';
        if (stat(folder, &info) != 0
            || !(info.st_mode & (info.st_uid == user ? S_IXUSR : S_IXGRP | S_IXOTH)))
            return false;
    }
    return true;
}

/* libpq ignores an unusable password file without an error: then the login fails because it has no
 * password. */
static const char *check_passfile(apr_pool_t *pool, const char *path)
{
    uid_t user = geteuid() == 0 ? ap_unixd_config.user_id : geteuid();
    struct stat info;

    if (path == NULL)
        return NULL;
    if (stat(path, &info) != 0)
        return apr_psprintf(pool, "cannot read the passfile of DBDParams: %s: %s", path,
                            strerror(errno));
    if (!S_ISREG(info.st_mode))
        return apr_psprintf(pool, "needs a regular file as the passfile of DBDParams: %s", path);
    if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return apr_psprintf(
            pool,
            "needs a passfile with mode 0600: libpq ignores %s with mode %04o. (For a mounted "
            "secret with another mode, use a service file: docs/container.md)",
            path, (unsigned)info.st_mode & 07777);
    if (user != 0 && (info.st_uid != user || !can_reach(pool, path, user)))
        return apr_psprintf(pool,
                            "needs a passfile that httpd's user (id %u) owns and can reach: %s "
                            "belongs to user id %u",
                            (unsigned)user, path, (unsigned)info.st_uid);
    return NULL;
}

/* Returns the mistake in a connection string; NULL: none. May set *hint. */
static const char *check_params(apr_pool_t *pool, const char *params, const char **hint)
{
    char *message = NULL;
    PQconninfoOption *options = PQconninfoParse(params, &message);
    const char *problem = NULL;

    if (options == NULL) {
        problem = apr_pstrcat(pool, "needs DBDParams in the syntax of libpq: ", message, NULL);
        PQfreemem(message);
        return problem;
    }
    /* libpq would use the user's name, which is rarely intended. */
    if (parameter(options, "dbname") == NULL && parameter(options, "service") == NULL)
        problem = "needs DBDParams that name a database: dbname=..";
    /* Not at a reload: an error would end a server that still has its connections. */
    if (problem == NULL && is_starting())
        problem = check_passfile(pool, parameter(options, "passfile"));
    if (parameter(options, "connect_timeout") == NULL && parameter(options, "service") == NULL)
        *hint = "DBDParams lack connect_timeout: if the database's machine does not answer, "
                "requests wait for minutes. Add connect_timeout=2";
    PQconninfoFree(options);
    return problem;
}

static const char *check_settings(apr_pool_t *pool, const settings *dbd, const char **hint)
{
    if (APR_RETRIEVE_OPTIONAL_FN(ap_dbd_open) == NULL)
        return "needs mod_dbd: LoadModule dbd_module modules/mod_dbd.so, then DBDriver pgsql and "
               "DBDParams";
    if (dbd->driver == NULL)
        return "needs DBDriver pgsql and DBDParams";
    if (strcmp(dbd->driver, "pgsql") != 0)
        return apr_psprintf(pool, "needs DBDriver pgsql, not %s", dbd->driver);
    if (dbd->params == NULL)
        return "needs DBDParams, such as \"host=/run/postgresql dbname=graphprofile "
               "user=graphprofile connect_timeout=2\"";
    /* mod_dbd would start without a pool, and log only that a child's initialization failed. */
    if (dbd->persists && (dbd->min > dbd->keep || dbd->keep > dbd->max || dbd->max < 1))
        return apr_psprintf(pool,
                            "needs DBDMin <= DBDKeep <= DBDMax, which are %d, %d and %d (the "
                            "defaults are %d, %d and %d)",
                            dbd->min, dbd->keep, dbd->max, defaults.min, defaults.keep,
                            defaults.max);
    return check_params(pool, dbd->params, hint);
}

/* Logs a setting that works badly: in configtest and at the start, but not at every reload. */
static void give_hint(server_rec *server, const char *hint)
{
    if (hint != NULL && is_starting())
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, server, "GraphProfile: %s", hint);
}

static const char *check_mpm(void)
{
    int threaded = 0;

    ap_mpm_query(AP_MPMQ_IS_THREADED, &threaded);
    return threaded ? NULL
                    : "this MPM (prefork) has no threads, so each of its many processes keeps its "
                      "own database connections; use mpm_event, whose processes share a few";
}

int gp_startup_check(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *server)
{
    server_rec *main = server;
    const char *hint = NULL;
    int serving = 0;

    (void)pconf;
    (void)plog;
    for (; server != NULL; server = server->next) {
        const gp_server_config *config = gp_config_get_server(server);
        settings dbd;
        const char *problem;

        if (config->is_forwarded && ap_find_linked_module(GP_REMOTEIP) == NULL) {
            ap_log_error(APLOG_MARK, APLOG_EMERG, 0, server,
                         "GraphProfileForwarded needs mod_remoteip, which knows the trusted "
                         "proxies: LoadModule remoteip_module modules/mod_remoteip.so, then "
                         "RemoteIPHeader and RemoteIPInternalProxy");
            return HTTP_INTERNAL_SERVER_ERROR;
        }
        if (!gp_config_has_roots(config))
            continue;
        serving = 1;
        dbd = settings_of(ptemp, server);
        problem = check_settings(ptemp, &dbd, &hint);
        if (problem == NULL && !gp_dbd_is_known(ptemp, server))
            problem = "needs the mod_dbd of httpd 2.4; the data of this mod_dbd has another layout";
        if (problem != NULL) {
            ap_log_error(APLOG_MARK, APLOG_EMERG, 0, server, "GraphProfile On in %s %s",
                         server->is_virtual
                             ? apr_psprintf(ptemp, "the host of %s:%u", server->defn_name,
                                            server->defn_line_number)
                             : "the main server",
                         problem);
            return HTTP_INTERNAL_SERVER_ERROR;
        }
    }
    if (serving) {
        give_hint(main, hint);
        give_hint(main, check_mpm());
    }
    return OK;
}

int gp_startup_announce(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *server)
{
    (void)plog;
    (void)ptemp;
    (void)server;
    ap_add_version_component(pconf, "mod_graphprofile/" GP_VERSION);
    return OK;
}
