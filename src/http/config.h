/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_CONFIG_H
#define GP_CONFIG_H

#include "graphprofile.h"

#include "odata/header_forwarded.h"
#include "odata/metadata.h"
#include "odata/route.h"
#include "document/reader.h"

#include <ap_expr.h>
#include <http_config.h>

/** The module that decides which proxies may send forwarded headers. */
#define GP_REMOTEIP "mod_remoteip.c"

/** The scope of $top: the positions of all pages together, or of each page. */
typedef enum { GP_TOP_TOTAL, GP_TOP_PAGE } gp_top;

/** The source of createdBy in a new position. */
typedef enum { GP_CREATED_BY_CLIENT, GP_CREATED_BY_SERVER } gp_created_by;

/*
 * The members of both configurations: type, name, the value of "not set", and how a nested location (or
 * host) inherits it. These tables generate the structs, their initial values and their merging, so that no
 * member can be forgotten. Nothing here changes after the start, and nothing here is state: httpd lets
 * virtual hosts share these structs, even if their databases differ.
 *
 *   INHERITED    if it is not set, the outer value
 *   OF_ITS_ROOT  the same, but a root within another root does not inherit it: it has its own URL
 *   EITHER       set if either of them sets it
 *   APPENDED     the outer elements follow the inner ones
 */

/* clang-format off */

/** The settings of a <Location>. */
#define GP_CONFIG_MEMBERS(MEMBER) \
    MEMBER(int,                  enabled,      -1,   INHERITED)   /* GraphProfile */ \
    MEMBER(const char *,         root,         NULL, INHERITED)   /* path of the location with GraphProfile On */ \
    MEMBER(int,                  validation,   -1,   INHERITED)   /* GraphProfileValidation, a gp_validation */ \
    MEMBER(apr_off_t,            max_body,     -1,   INHERITED)   /* GraphProfileMaxBody, bytes */ \
    MEMBER(apr_off_t,            max_document, -1,   INHERITED)   /* GraphProfileMaxDocument, bytes */ \
    MEMBER(int,                  page_size,    -1,   INHERITED)   /* GraphProfilePageSize */ \
    MEMBER(int,                  max_positions, -1,  INHERITED)   /* GraphProfileMaxPositions */ \
    MEMBER(int,                  top,          -1,   INHERITED)   /* GraphProfileTop, a gp_top */ \
    MEMBER(int,                  metadata,     -1,   INHERITED)   /* GraphProfileMetadata, a gp_inheritance */ \
    MEMBER(const char *,         audience,     NULL, INHERITED)   /* GraphProfileDefaultAudience, canonical */ \
    MEMBER(int,                  created_by,   -1,   INHERITED)   /* GraphProfileCreatedBy, a gp_created_by */ \
    MEMBER(const char *,         base_url,     NULL, OF_ITS_ROOT) /* GraphProfileBaseURL, no trailing slash */ \
    MEMBER(int,                  anonymous,    -1,   INHERITED)   /* GraphProfileAnonymous */ \
    MEMBER(int,                  erase,        -1,   INHERITED)   /* GraphProfileErase */ \
    MEMBER(int,                  batch,        -1,   INHERITED)   /* GraphProfileBatch */ \
    MEMBER(int,                  batch_items,  -1,   INHERITED)   /* GraphProfileBatchItems */ \
    MEMBER(apr_off_t,            batch_bytes,  -1,   INHERITED)   /* GraphProfileBatchBytes */ \
    MEMBER(int,                  server_timing, -1,  INHERITED)   /* GraphProfileServerTiming */ \
    MEMBER(apr_array_header_t *, allow_origin, NULL, INHERITED)   /* GraphProfileAllowOrigin, of const char * */ \
    MEMBER(int,                  forwarded,    -1,   INHERITED)   /* GraphProfileForwarded, a set of gp_forwarded */ \
    MEMBER(ap_expr_info_t *,     user,         NULL, INHERITED)   /* GraphProfileUser */ \
    MEMBER(ap_expr_info_t *,     user_name,    NULL, INHERITED)   /* GraphProfileUserName */ \
    MEMBER(ap_expr_info_t *,     application,  NULL, INHERITED)   /* GraphProfileApplication */ \
    MEMBER(ap_expr_info_t *,     scopes,       NULL, INHERITED)   /* GraphProfileScopes */ \
    MEMBER(ap_expr_info_t *,     roles,        NULL, INHERITED)   /* GraphProfileRoles */

/** The settings of a virtual host: its use of the database that its DBD directives name. */
#define GP_SERVER_CONFIG_MEMBERS(MEMBER) \
    MEMBER(apr_interval_time_t,  timeout,       -1,   INHERITED) /* GraphProfileTimeout */ \
    MEMBER(apr_interval_time_t,  queue_timeout, -1,   INHERITED) /* GraphProfileQueueTimeout */ \
    MEMBER(int,                  prepare,       -1,   INHERITED) /* GraphProfilePrepare */ \
    MEMBER(int,                  pipeline,      -1,   INHERITED) /* GraphProfilePipeline */ \
    MEMBER(int,                  is_forwarded,  0,    EITHER)    /* GraphProfileForwarded is somewhere in the host */ \
    MEMBER(apr_array_header_t *, roots,         NULL, APPENDED)  /* service roots, of const char * */

/* clang-format on */

#define GP_CONFIG_DECLARE(type, name, unset, inheritance) type name;

typedef struct {
    GP_CONFIG_MEMBERS(GP_CONFIG_DECLARE)
} gp_config;

typedef struct {
    GP_SERVER_CONFIG_MEMBERS(GP_CONFIG_DECLARE)
} gp_server_config;

void *gp_config_create(apr_pool_t *pool, char *path);
void *gp_config_merge(apr_pool_t *pool, void *base, void *add);
void *gp_config_create_server(apr_pool_t *pool, server_rec *server);
void *gp_config_merge_server(apr_pool_t *pool, void *base, void *add);

/** The directives of the module. */
extern const command_rec gp_config_directives[];

/** @return the configuration of the request's location, as far as httpd has looked it up */
const gp_config *gp_config_get(const request_rec *r);

const gp_server_config *gp_config_get_server(const server_rec *server);

/* Settings with their defaults filled in. */
gp_validation gp_config_validation(const gp_config *config);
apr_off_t gp_config_max_body(const gp_config *config);
apr_off_t gp_config_max_document(const gp_config *config);
int gp_config_page_size(const gp_config *config);
int gp_config_max_positions(const gp_config *config); /* 0: no limit */
bool gp_config_batch(const gp_config *config);
int gp_config_batch_items(const gp_config *config);
apr_off_t gp_config_batch_bytes(const gp_config *config);
int gp_config_forwarded(const gp_config *config);
const char *gp_config_audience(const gp_config *config);
gp_created_by gp_config_created_by(const gp_config *config);
gp_top gp_config_top(const gp_config *config);
gp_inheritance gp_config_metadata(const gp_config *config);
unsigned gp_config_disabled(const gp_config *config); /* operations: a set of gp_operation_bit */
apr_interval_time_t gp_config_timeout(const gp_server_config *config);
apr_interval_time_t gp_config_queue_timeout(const gp_server_config *config);
int gp_config_prepare(const gp_server_config *config);
int gp_config_pipeline(const gp_server_config *config);

/** @return non-zero if the host has a service root, its own or inherited */
bool gp_config_has_roots(const gp_server_config *config);

/**
 * Find the service root that contains a path.
 * @param path  NULL: none
 * @return the root; NULL if the path is outside of all roots
 */
const char *gp_config_find_root(const server_rec *server, const char *path);

#endif
