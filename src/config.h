/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_CONFIG_H
#define GP_CONFIG_H

#include "graphprofile.h"

#include "header.h"
#include "reader.h"

#include <ap_expr.h>
#include <http_config.h>

/** The module that knows whose forwarded headers count. */
#define GP_REMOTEIP "mod_remoteip.c"

/** Who decides createdBy of a new position. */
typedef enum { GP_CREATED_BY_CLIENT, GP_CREATED_BY_SERVER } gp_created_by;

/** What a <Location> says. Members that were not set inherit from the enclosing location. */
typedef struct {
    int enabled;          /* GraphProfile; -1: not set */
    const char *root;     /* the service root: path of the location that said GraphProfile On */
    int validation;       /* GraphProfileValidation, a gp_validation; -1: not set */
    apr_off_t max_body;   /* GraphProfileMaxBody, bytes; -1: not set */
    int page_size;        /* GraphProfilePageSize; -1: not set */
    const char *audience; /* GraphProfileDefaultAudience, canonical; NULL: not set */
    int created_by;       /* GraphProfileCreatedBy, a gp_created_by; -1: not set */
    const char *base_url; /* GraphProfileBaseURL, without a trailing slash; NULL: not set */
    int anonymous;        /* GraphProfileAnonymous; -1: not set */
    apr_array_header_t *allow_origin; /* GraphProfileAllowOrigin, of const char *; NULL: not set */
    int forwarded;        /* GraphProfileForwarded, a set of gp_forwarded; -1: not set */
    ap_expr_info_t *user; /* GraphProfileUser .. GraphProfileRoles; NULL: not set */
    ap_expr_info_t *user_name;
    ap_expr_info_t *application;
    ap_expr_info_t *scopes;
    ap_expr_info_t *roles;
} gp_config;

/** What the requests of a process share about a database; the connection's own business. */
typedef struct gp_database gp_database;

/** Statements that can run together; batch.h's. */
struct gp_batch_kind;

/** What a virtual host says: how it uses the database that its DBD directives name. */
typedef struct {
    apr_interval_time_t timeout;       /* GraphProfileTimeout; -1: not set */
    apr_interval_time_t queue_timeout; /* GraphProfileQueueTimeout; -1: not set */
    int prepare;                       /* GraphProfilePrepare; -1: not set */
    int pipeline;                      /* GraphProfilePipeline; -1: not set */
    apr_array_header_t *roots;         /* of const char *: the service roots of this host */
    int is_forwarded;                  /* GraphProfileForwarded stands in it */
    _Atomic(gp_database *) database;   /* made when a child starts (connection.c) .. */
    struct gp_batch_kind *kinds;       /* .. and one for each statement */
} gp_server_config;

void *gp_config_create(apr_pool_t *pool, char *path);
void *gp_config_merge(apr_pool_t *pool, void *base, void *add);
void *gp_config_create_server(apr_pool_t *pool, server_rec *server);
void *gp_config_merge_server(apr_pool_t *pool, void *base, void *add);

/** The directives of the module. */
extern const command_rec gp_config_directives[];

/** @return the configuration of the location that a request is in, so far as that is known */
const gp_config *gp_config_get(const request_rec *r);

gp_server_config *gp_config_get_server(const server_rec *server);

/* Settings with their defaults filled in. */
gp_validation gp_config_validation(const gp_config *config);
apr_off_t gp_config_max_body(const gp_config *config);
int gp_config_page_size(const gp_config *config);
int gp_config_forwarded(const gp_config *config);
const char *gp_config_audience(const gp_config *config);
gp_created_by gp_config_created_by(const gp_config *config);
apr_interval_time_t gp_config_timeout(const gp_server_config *config);
apr_interval_time_t gp_config_queue_timeout(const gp_server_config *config);
int gp_config_prepare(const gp_server_config *config);
int gp_config_pipeline(const gp_server_config *config);

/**
 * The service root that a path is under.
 * @param path  NULL: none
 * @return it; NULL where the path is outside
 */
const char *gp_config_find_root(const server_rec *server, const char *path);

#endif
