/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is found wrong before the server starts, by `apachectl configtest` too: a host that is to
 * serve positions and has no database to keep them in, or one that nobody could connect to. The
 * database itself is not asked: it may come later.
 *
 * mod_dbd tells nobody how it is configured, so its directives are read where httpd has them: in the
 * tree of the configuration, of which Include, <IfModule>, variables and macros are resolved already.
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

/* What a host's directives for mod_dbd say; mod_dbd's defaults where they say nothing. */
typedef struct {
    const char *driver, *params; /* NULL: not said */
    int persists;
    int min, keep, max;
} settings;

static const settings defaults = {NULL, NULL, 1, 1, 2, 10};

static int is(const ap_directive_t *directive, const char *name)
{
    return strcasecmp(directive->directive, name) == 0;
}

/* Reads the directives of a section, but not of those within it: none of mod_dbd's could be there. */
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

/* What holds for a host: the main server's, and what stands in its own section. */
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

/* Whether this is configtest or the start, not a reload. */
static bool is_starting(void)
{
    return ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG;
}

/* The value of a parameter of a connection; else of the variable that libpq takes instead. */
static const char *parameter(const PQconninfoOption *options, const char *keyword)
{
    for (; options->keyword != NULL; options++) {
        if (strcmp(options->keyword, keyword) == 0)
            return options->val != NULL ? options->val : getenv(options->envvar);
    }
    return NULL;
}

/* Whether httpd's children may look up names in the folders above a file. A group that has the right is taken
 * to be one of theirs. */
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

/* libpq passes over a password file that it cannot use, without an error of its own: the login fails for want
 * of a password. */
static const char *check_passfile(apr_pool_t *pool, const char *path)
{
    uid_t user = geteuid() == 0 ? ap_unixd_config.user_id : geteuid();
    struct stat info;

    if (path == NULL)
        return NULL;
    if (stat(path, &info) != 0)
        return apr_psprintf(pool, "needs the passfile of DBDParams: %s: %s", path, strerror(errno));
    if (!S_ISREG(info.st_mode))
        return apr_psprintf(pool, "needs a passfile that is a file: %s", path);
    if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return apr_psprintf(
            pool,
            "needs a passfile of mode 0600: libpq ignores %s, of mode %04o. (A secret "
            "that is mounted otherwise: a service file, docs/container.md)",
            path, (unsigned)info.st_mode & 07777);
    if (user != 0 && (info.st_uid != user || !can_reach(pool, path, user)))
        return apr_psprintf(
            pool,
            "needs a passfile that httpd's user (id %u) owns and can reach: %s is of "
            "user id %u",
            (unsigned)user, path, (unsigned)info.st_uid);
    return NULL;
}

/* @return what is wrong with a connection string; NULL: nothing. May set *hint. */
static const char *check_params(apr_pool_t *pool, const char *params, const char **hint)
{
    char *message = NULL;
    PQconninfoOption *options = PQconninfoParse(params, &message);
    const char *problem = NULL;

    if (options == NULL) {
        problem = apr_pstrcat(pool, "needs DBDParams that libpq understands: ", message, NULL);
        PQfreemem(message);
        return problem;
    }
    /* libpq would take the user's name, which is more often a mistake than meant. */
    if (parameter(options, "dbname") == NULL && parameter(options, "service") == NULL)
        problem = "needs DBDParams that name a database: dbname=..";
    /* Not at a reload, which would end a server that still has its connections. */
    if (problem == NULL && is_starting())
        problem = check_passfile(pool, parameter(options, "passfile"));
    if (parameter(options, "connect_timeout") == NULL && parameter(options, "service") == NULL)
        *hint = "DBDParams without connect_timeout: where the database's machine does not answer, "
                "requests wait for minutes. Two seconds will do: connect_timeout=2";
    PQconninfoFree(options);
    return problem;
}

static const char *check_settings(apr_pool_t *pool, const settings *dbd, const char **hint)
{
    if (APR_RETRIEVE_OPTIONAL_FN(ap_dbd_open) == NULL)
        return "needs mod_dbd: LoadModule dbd_module modules/mod_dbd.so, then DBDriver pgsql and "
               "DBDParams";
    if (dbd->driver == NULL)
        return "needs DBDriver pgsql, and DBDParams";
    if (strcmp(dbd->driver, "pgsql") != 0)
        return apr_psprintf(pool, "needs DBDriver pgsql, not %s", dbd->driver);
    if (dbd->params == NULL)
        return "needs DBDParams, such as \"host=/run/postgresql dbname=graphprofile "
               "user=graphprofile connect_timeout=2\"";
    /* mod_dbd would start without a pool, and say only that a child's init failed. */
    if (dbd->persists && (dbd->min > dbd->keep || dbd->keep > dbd->max || dbd->max < 1))
        return apr_psprintf(
            pool,
            "needs DBDMin <= DBDKeep <= DBDMax, which are %d, %d and %d (%d, %d and "
            "%d where they are not said)",
            dbd->min, dbd->keep, dbd->max, defaults.min, defaults.keep, defaults.max);
    return check_params(pool, dbd->params, hint);
}

/* What works, but not well. Said by configtest and at the start, not again by every reload. */
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
                    : "this MPM (prefork) has no threads, so that each of its many processes keeps "
                      "database connections of its own; mpm_event shares a few";
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
                         "GraphProfileForwarded needs mod_remoteip to know the proxies: LoadModule "
                         "remoteip_module modules/mod_remoteip.so, then RemoteIPHeader and "
                         "RemoteIPInternalProxy");
            return HTTP_INTERNAL_SERVER_ERROR;
        }
        if (!gp_config_has_roots(config))
            continue;
        serving = 1;
        dbd = settings_of(ptemp, server);
        problem = check_settings(ptemp, &dbd, &hint);
        if (problem == NULL && !gp_dbd_is_known(ptemp, server))
            problem = "needs the mod_dbd of httpd 2.4; this one lays out its data in another way";
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
