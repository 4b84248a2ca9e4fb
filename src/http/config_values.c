/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The values of the directives, with defaults for missing directives.
 */
#include "config.h"
#include "base/limits.h"

#include <http_core.h>

#include <string.h>

const gp_config *gp_config_get(const request_rec *r)
{
    return ap_get_module_config(r->per_dir_config, &graphprofile_module);
}

const gp_server_config *gp_config_get_server(const server_rec *server)
{
    return ap_get_module_config(server->module_config, &graphprofile_module);
}

gp_validation gp_config_validation(const gp_config *config)
{
    return config->validation == GP_VALIDATION_RELAXED ? GP_VALIDATION_RELAXED
                                                       : GP_VALIDATION_STRICT;
}

apr_off_t gp_config_max_body(const gp_config *config)
{
    return config->max_body >= 0 ? config->max_body : GP_BODY_DEFAULT;
}

apr_off_t gp_config_max_document(const gp_config *config)
{
    apr_off_t most = GP_DOCUMENT_BODIES * gp_config_max_body(config);

    if (config->max_document >= 0)
        return config->max_document;
    return most > GP_DOCUMENT_FLOOR ? most : GP_DOCUMENT_FLOOR;
}

int gp_config_page_size(const gp_config *config)
{
    return config->page_size >= 0 ? config->page_size : GP_PAGE_DEFAULT;
}

int gp_config_max_positions(const gp_config *config)
{
    return config->max_positions >= 0 ? config->max_positions : GP_POSITIONS_DEFAULT;
}

bool gp_config_batch(const gp_config *config)
{
    return config->batch != 0;
}

int gp_config_batch_items(const gp_config *config)
{
    return config->batch_items >= 0 ? config->batch_items : GP_BATCH_ITEMS_DEFAULT;
}

apr_off_t gp_config_batch_bytes(const gp_config *config)
{
    return config->batch_bytes >= 0 ? config->batch_bytes : GP_BATCH_BYTES_DEFAULT;
}

int gp_config_forwarded(const gp_config *config)
{
    return config->forwarded >= 0 ? config->forwarded : 0;
}

const char *gp_config_audience(const gp_config *config)
{
    return config->audience ? config->audience : "organization";
}

gp_created_by gp_config_created_by(const gp_config *config)
{
    return config->created_by == GP_CREATED_BY_SERVER ? GP_CREATED_BY_SERVER : GP_CREATED_BY_CLIENT;
}

gp_top gp_config_top(const gp_config *config)
{
    return config->top == GP_TOP_PAGE ? GP_TOP_PAGE : GP_TOP_TOTAL;
}

gp_inheritance gp_config_metadata(const gp_config *config)
{
    return config->metadata == GP_INHERITANCE_FLAT ? GP_INHERITANCE_FLAT : GP_INHERITANCE_DERIVED;
}

unsigned gp_config_disabled(const gp_config *config)
{
    return config->erase == 1 ? 0 : gp_operation_bit(GP_OPERATION_ERASE);
}

apr_interval_time_t gp_config_timeout(const gp_server_config *config)
{
    return config->timeout >= 0 ? config->timeout : apr_time_from_sec(GP_TIMEOUT_DEFAULT);
}

apr_interval_time_t gp_config_queue_timeout(const gp_server_config *config)
{
    return config->queue_timeout >= 0 ? config->queue_timeout
                                      : apr_time_from_sec(GP_QUEUE_TIMEOUT_DEFAULT);
}

int gp_config_pipeline(const gp_server_config *config)
{
    /* Only statements that are prepared by label can be batched. */
    return config->pipeline != 0 && gp_config_prepare(config);
}

int gp_config_prepare(const gp_server_config *config)
{
    return config->prepare != 0;
}

bool gp_config_has_roots(const gp_server_config *config)
{
    return config->roots != NULL && config->roots->nelts > 0;
}

const char *gp_config_find_root(const server_rec *server, const char *path)
{
    const apr_array_header_t *roots = gp_config_get_server(server)->roots;
    const char *longest = NULL;
    int i;

    for (i = 0; path != NULL && roots != NULL && i < roots->nelts; i++) {
        const char *root = ((const char **)roots->elts)[i];
        apr_size_t length = strlen(root);

        if (strncmp(path, root, length) == 0 && (path[length] == '/' || path[length] == '\0')
            && (longest == NULL || length > strlen(longest)))
            longest = root;
    }
    return longest;
}