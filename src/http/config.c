/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The directives: reading and merging. config_values.c has the defaults; other files only read the values.
 * docs/directives.md describes each directive to the administrator.
 */
#include "config.h"
#include "base/limits.h"

#include <apr_fnmatch.h>
#include <apr_strings.h>
#include <http_core.h>

#include <string.h>

/* ---- create and merge ---- */

#define UNSET(type, name, unset, inheritance) config->name = (unset);
#define MERGE(type, name, unset, inheritance) merged->name = inheritance(name, unset);

#define INHERITED(name, unset)   (over->name != (unset) ? over->name : under->name)
#define OF_ITS_ROOT(name, unset) (over->name != (unset) || over->root ? over->name : under->name)
#define EITHER(name, unset)      (over->name || under->name)
#define APPENDED(name, unset)    append(pool, over->name, under->name)

static apr_array_header_t *append(apr_pool_t *pool, apr_array_header_t *first,
                                  apr_array_header_t *second)
{
    if (first == NULL || second == NULL)
        return first != NULL ? first : second;
    return apr_array_append(pool, first, second);
}

void *gp_config_create(apr_pool_t *pool, char *path)
{
    gp_config *config = apr_palloc(pool, sizeof *config);

    (void)path;
    GP_CONFIG_MEMBERS(UNSET)
    return config;
}

void *gp_config_merge(apr_pool_t *pool, void *base, void *add)
{
    const gp_config *under = base, *over = add;
    gp_config *merged = apr_palloc(pool, sizeof *merged);

    GP_CONFIG_MEMBERS(MERGE)
    return merged;
}

void *gp_config_create_server(apr_pool_t *pool, server_rec *server)
{
    gp_server_config *config = apr_palloc(pool, sizeof *config);

    (void)server;
    GP_SERVER_CONFIG_MEMBERS(UNSET)
    return config;
}

void *gp_config_merge_server(apr_pool_t *pool, void *base, void *add)
{
    const gp_server_config *under = base, *over = add;
    gp_server_config *merged = apr_palloc(pool, sizeof *merged);

    GP_SERVER_CONFIG_MEMBERS(MERGE)
    return merged;
}

/* ---- directives ---- */

/* The configuration of the host that contains a directive: only directives change it. */
static gp_server_config *host_of(const cmd_parms *cmd)
{
    return ap_get_module_config(cmd->server->module_config, &graphprofile_module);
}

/* A location can be a root only if its path is a plain prefix: not a pattern, not a file system path. */
static const char *check_location(const cmd_parms *cmd)
{
    const ap_directive_t *section = cmd->directive->parent;
    const char *path = cmd->path;

    if (section == NULL || path == NULL || *path != '/'
        || strcasecmp(section->directive, "<Location") != 0 || ap_strchr_c(section->args, '~')
        || apr_fnmatch_test(path))
        return "GraphProfile On needs a <Location> with a plain path, such as <Location \"/beta\">";
    return NULL;
}

static const char *without_trailing_slash(apr_pool_t *pool, const char *text)
{
    apr_size_t length = strlen(text);

    while (length > 0 && text[length - 1] == '/')
        length--;
    return apr_pstrmemdup(pool, text, length);
}

static const char *set_enabled(cmd_parms *cmd, void *data, int on)
{
    gp_config *config = data;
    gp_server_config *host = host_of(cmd);
    const char *error;

    config->enabled = on;
    if (!on)
        return NULL;
    error = check_location(cmd);
    if (error != NULL)
        return error;
    config->root = without_trailing_slash(cmd->pool, cmd->path);
    if (host->roots == NULL)
        host->roots = apr_array_make(cmd->pool, 1, sizeof(const char *));
    *(const char **)apr_array_push(host->roots) = config->root;
    return NULL;
}

/* Sets *choice to 0 or 1 for the first or the second of two words. */
static const char *choose(const cmd_parms *cmd, const char *word, const char *first,
                          const char *second, int *choice)
{
    *choice = strcasecmp(word, second) == 0;
    if (*choice || strcasecmp(word, first) == 0)
        return NULL;
    return apr_pstrcat(cmd->pool, cmd->cmd->name, " must be ", first, " or ", second, ", not ",
                       word, NULL);
}

_Static_assert(GP_VALIDATION_STRICT == 0 && GP_VALIDATION_RELAXED == 1,
               "choose() depends on these numbers");
_Static_assert(GP_CREATED_BY_CLIENT == 0 && GP_CREATED_BY_SERVER == 1,
               "choose() depends on these numbers");
_Static_assert(GP_TOP_TOTAL == 0 && GP_TOP_PAGE == 1, "choose() depends on these numbers");
_Static_assert(GP_INHERITANCE_DERIVED == 0 && GP_INHERITANCE_FLAT == 1,
               "choose() depends on these numbers");

static const char *set_validation(cmd_parms *cmd, void *data, const char *word)
{
    return choose(cmd, word, "strict", "relaxed", &((gp_config *)data)->validation);
}

static const char *set_created_by(cmd_parms *cmd, void *data, const char *word)
{
    return choose(cmd, word, "client", "server", &((gp_config *)data)->created_by);
}

static const char *set_top(cmd_parms *cmd, void *data, const char *word)
{
    return choose(cmd, word, "total", "page", &((gp_config *)data)->top);
}

static const char *set_metadata(cmd_parms *cmd, void *data, const char *word)
{
    return choose(cmd, word, "derived", "flat", &((gp_config *)data)->metadata);
}

/* Reads a number of bytes. */
static const char *read_bytes(const cmd_parms *cmd, const char *number, int least, int most,
                              apr_off_t *bytes)
{
    char *end;

    if (apr_strtoff(bytes, number, &end, 10) != APR_SUCCESS || *end != '\0' || *bytes < least
        || *bytes > most)
        return apr_psprintf(cmd->pool, "%s must be a number of bytes from %d to %d", cmd->cmd->name,
                            least, most);
    return NULL;
}

static const char *set_max_body(cmd_parms *cmd, void *data, const char *number)
{
    gp_config *config = data;

    return read_bytes(cmd, number, 1, GP_BODY_CEILING, &config->max_body);
}

static const char *set_max_document(cmd_parms *cmd, void *data, const char *number)
{
    gp_config *config = data;

    return read_bytes(cmd, number, GP_DOCUMENT_FLOOR, GP_DOCUMENT_CEILING, &config->max_document);
}

static const char *set_number(cmd_parms *cmd, const char *text, int least, int most, int *member)
{
    char *end;
    apr_int64_t number = apr_strtoi64(text, &end, 10);

    if (*text == '\0' || *end != '\0' || number < least || number > most)
        return apr_psprintf(cmd->pool, "%s must be a number from %d to %d", cmd->cmd->name, least,
                            most);
    *member = (int)number;
    return NULL;
}

static const char *set_page_size(cmd_parms *cmd, void *data, const char *number)
{
    return set_number(cmd, number, 1, GP_PAGE_CEILING, &((gp_config *)data)->page_size);
}

static const char *set_max_positions(cmd_parms *cmd, void *data, const char *number)
{
    return set_number(cmd, number, 0, GP_POSITIONS_CEILING, &((gp_config *)data)->max_positions);
}

static const char *set_batch_items(cmd_parms *cmd, void *data, const char *number)
{
    return set_number(cmd, number, 1, GP_BATCH_ITEMS_CEILING, &((gp_config *)data)->batch_items);
}

static const char *set_batch_bytes(cmd_parms *cmd, void *data, const char *number)
{
    return read_bytes(cmd, number, 1, GP_BATCH_BYTES_CEILING, &((gp_config *)data)->batch_bytes);
}

static const char *set_audience(cmd_parms *cmd, void *data, const char *text)
{
    gp_config *config = data;

    if (gp_enum_parse(cmd->pool, &gp_allowed_audiences, text, strlen(text), &config->audience)
        == GP_ENUM_INVALID)
        return apr_pstrcat(
            cmd->pool, cmd->cmd->name,
            " must be a value of allowedAudiences, such as organization or family,contacts; not ",
            text, NULL);
    return NULL;
}

static const char *set_base_url(cmd_parms *cmd, void *data, const char *url)
{
    gp_config *config = data;
    apr_uri_t parsed;

    if (apr_uri_parse(cmd->temp_pool, url, &parsed) != APR_SUCCESS || parsed.hostname == NULL
        || parsed.scheme == NULL || parsed.query != NULL || parsed.fragment != NULL
        || (strcmp(parsed.scheme, "https") != 0 && strcmp(parsed.scheme, "http") != 0))
        return apr_pstrcat(cmd->pool, cmd->cmd->name,
                           " must be an absolute http or https URL without a query, such as "
                           "https://api.example.com/beta",
                           NULL);
    config->base_url = without_trailing_slash(cmd->pool, url);
    return NULL;
}

/* Returns true if a text is an origin as browsers send it: scheme, host, port, and nothing after them. */
static bool is_origin(apr_pool_t *pool, const char *text)
{
    apr_uri_t parsed;

    return apr_uri_parse(pool, text, &parsed) == APR_SUCCESS && parsed.scheme != NULL
           && parsed.hostname != NULL && *parsed.hostname != '\0' && parsed.path == NULL
           && parsed.query == NULL && parsed.fragment == NULL && parsed.user == NULL
           && strcspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ*") == strlen(text)
           && (parsed.port_str == NULL || parsed.port != apr_uri_port_of_scheme(parsed.scheme));
}

static const char *set_allow_origin(cmd_parms *cmd, void *data, int count, char *const words[])
{
    gp_config *config = data;
    int i;

    config->allow_origin = apr_array_make(cmd->pool, count, sizeof(const char *));
    if (count == 1 && strcasecmp(words[0], "None") == 0)
        return NULL;
    for (i = 0; i < count; i++) {
        if (!is_origin(cmd->temp_pool, words[i]) && (count > 1 || strcmp(words[i], "*") != 0))
            break;
        *(const char **)apr_array_push(config->allow_origin) = words[i];
    }
    if (count > 0 && i == count)
        return NULL;
    return apr_pstrcat(
        cmd->pool, cmd->cmd->name,
        " must be None, *, or origins as browsers send them, such as https://app.example.com",
        i < count ? "; not " : NULL, i < count ? words[i] : NULL, NULL);
}

static const char *add_forwarded(cmd_parms *cmd, void *data, const char *name)
{
    gp_config *config = data;
    const gp_forwarded *header = gp_forwarded_headers;

    if (strcasecmp(name, "none") == 0) {
        config->forwarded = 0;
        return NULL;
    }
    while (header->name != NULL && strcasecmp(header->name, name) != 0)
        header++;
    if (header->name == NULL)
        return apr_pstrcat(cmd->pool, cmd->cmd->name, " does not know ", name, NULL);
    config->forwarded = gp_config_forwarded(config) | (int)header->bit;
    if ((config->forwarded & GP_FORWARDED_RFC7239) && config->forwarded != GP_FORWARDED_RFC7239)
        return apr_pstrcat(
            cmd->pool, cmd->cmd->name,
            " must be either Forwarded or X-Forwarded headers: a proxy sets only one kind", NULL);
    host_of(cmd)->is_forwarded = 1;
    return NULL;
}

/* Sets the member of gp_config whose offset is in cmd->info. */
static const char *set_expression(cmd_parms *cmd, void *data, const char *text)
{
    ap_expr_info_t **member = (ap_expr_info_t **)((char *)data + (apr_size_t)cmd->info);
    const char *error = NULL;

    *member = ap_expr_parse_cmd(cmd, text, AP_EXPR_FLAG_STRING_RESULT | AP_EXPR_FLAG_DONT_VARY,
                                &error, NULL);
    return error ? apr_pstrcat(cmd->pool, cmd->cmd->name, ": ", error, NULL) : NULL;
}

static const char *set_interval(cmd_parms *cmd, void *data, const char *text)
{
    gp_server_config *config = host_of(cmd);
    apr_interval_time_t *member = (apr_interval_time_t *)((char *)config + (apr_size_t)cmd->info);

    (void)data;
    if (ap_timeout_parameter_parse(text, member, "s") != APR_SUCCESS || *member <= 0)
        return apr_pstrcat(cmd->pool, cmd->cmd->name, " must be a time above 0, such as 5 or 500ms",
                           NULL);
    return NULL;
}

/* Calls ap_set_flag_slot for a member of gp_server_config. */
static const char *set_server_flag(cmd_parms *cmd, void *data, int on)
{
    (void)data;
    return ap_set_flag_slot(cmd, host_of(cmd), on);
}

#define MEMBER(type, member) ((void *)APR_OFFSETOF(type, member))

const command_rec gp_config_directives[] = {
    AP_INIT_FLAG("GraphProfile", set_enabled, NULL, ACCESS_CONF,
                 "On: this <Location> is a service root; Off: the paths below it are not served"),
    AP_INIT_TAKE1("GraphProfileValidation", set_validation, NULL, RSRC_CONF | ACCESS_CONF,
                  "strict or relaxed: whether to refuse bodies that do not match the types"),
    AP_INIT_TAKE1("GraphProfileMaxBody", set_max_body, NULL, RSRC_CONF | ACCESS_CONF,
                  "largest request body in bytes"),
    AP_INIT_TAKE1("GraphProfileMaxDocument", set_max_document, NULL, RSRC_CONF | ACCESS_CONF,
                  "largest stored position in bytes"),
    AP_INIT_TAKE1("GraphProfilePageSize", set_page_size, NULL, RSRC_CONF | ACCESS_CONF,
                  "the number of positions on a page of a list"),
    AP_INIT_TAKE1("GraphProfileMaxPositions", set_max_positions, NULL, RSRC_CONF | ACCESS_CONF,
                  "the most positions of one user; 0: no limit"),
    AP_INIT_TAKE1("GraphProfileTop", set_top, NULL, RSRC_CONF | ACCESS_CONF,
                  "total or page: whether $top limits all pages together or each page"),
    AP_INIT_TAKE1("GraphProfileMetadata", set_metadata, NULL, RSRC_CONF | ACCESS_CONF,
                  "derived or flat: whether $metadata contains base types"),
    AP_INIT_TAKE1("GraphProfileDefaultAudience", set_audience, NULL, RSRC_CONF | ACCESS_CONF,
                  "the default of allowedAudiences"),
    AP_INIT_TAKE1("GraphProfileCreatedBy", set_created_by, NULL, RSRC_CONF | ACCESS_CONF,
                  "client or server: the source of createdBy in a new position"),
    AP_INIT_TAKE1("GraphProfileBaseURL", set_base_url, NULL, ACCESS_CONF,
                  "public URL of the service root, if it differs from ServerName"),
    AP_INIT_ITERATE("GraphProfileForwarded", add_forwarded, NULL, RSRC_CONF | ACCESS_CONF,
                    "the headers in which a trusted proxy sends the public URL, or none"),
    AP_INIT_TAKE1("GraphProfileUser", set_expression, MEMBER(gp_config, user),
                  RSRC_CONF | ACCESS_CONF, "expression: the id of the caller"),
    AP_INIT_TAKE1("GraphProfileUserName", set_expression, MEMBER(gp_config, user_name),
                  RSRC_CONF | ACCESS_CONF, "expression: the display name of the caller"),
    AP_INIT_TAKE1("GraphProfileApplication", set_expression, MEMBER(gp_config, application),
                  RSRC_CONF | ACCESS_CONF, "expression: the id of the calling application"),
    AP_INIT_TAKE1("GraphProfileScopes", set_expression, MEMBER(gp_config, scopes),
                  RSRC_CONF | ACCESS_CONF, "expression: delegated permissions of the token (scp)"),
    AP_INIT_TAKE1("GraphProfileRoles", set_expression, MEMBER(gp_config, roles),
                  RSRC_CONF | ACCESS_CONF,
                  "expression: application permissions of the token (roles)"),
    AP_INIT_FLAG("GraphProfileAnonymous", ap_set_flag_slot, MEMBER(gp_config, anonymous),
                 RSRC_CONF | ACCESS_CONF,
                 "On: anonymous callers may read positions with the audience everyone"),
    AP_INIT_FLAG("GraphProfileErase", ap_set_flag_slot, MEMBER(gp_config, erase),
                 RSRC_CONF | ACCESS_CONF,
                 "On: DELETE of a profile deletes all positions of the user"),
    AP_INIT_FLAG("GraphProfileBatch", ap_set_flag_slot, MEMBER(gp_config, batch),
                 RSRC_CONF | ACCESS_CONF, "Off: there is no $batch"),
    AP_INIT_TAKE1("GraphProfileBatchItems", set_batch_items, NULL, RSRC_CONF | ACCESS_CONF,
                  "how many requests a batch may have"),
    AP_INIT_TAKE1("GraphProfileBatchBytes", set_batch_bytes, NULL, RSRC_CONF | ACCESS_CONF,
                  "largest body of a batch in bytes"),
    AP_INIT_FLAG("GraphProfileServerTiming", ap_set_flag_slot, MEMBER(gp_config, server_timing),
                 RSRC_CONF | ACCESS_CONF,
                 "On: answers to authenticated callers state database times (Server-Timing)"),
    AP_INIT_TAKE_ARGV("GraphProfileAllowOrigin", set_allow_origin, NULL, RSRC_CONF | ACCESS_CONF,
                      "origins whose pages may read answers; * for all"),
    AP_INIT_TAKE1("GraphProfileTimeout", set_interval, MEMBER(gp_server_config, timeout), RSRC_CONF,
                  "the longest time of a database statement"),
    AP_INIT_TAKE1("GraphProfileQueueTimeout", set_interval, MEMBER(gp_server_config, queue_timeout),
                  RSRC_CONF, "the longest time that a request waits for a database connection"),
    AP_INIT_FLAG("GraphProfilePipeline", set_server_flag, MEMBER(gp_server_config, pipeline),
                 RSRC_CONF, "Off: do not run statements of several requests in one transaction"),
    AP_INIT_FLAG("GraphProfilePrepare", set_server_flag, MEMBER(gp_server_config, prepare),
                 RSRC_CONF, "Off: do not prepare statements (PgBouncer in transaction mode)"),
    {NULL, {NULL}, NULL, 0, RAW_ARGS, NULL},
};
