/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Handles claimed requests: makes an exchange from httpd's request, lets src/operations/dispatch.c run the
 * operation, and sends the answer. The functions below are those that operations call for httpd's services.
 */
#include "handler.h"
#include "dbd.h"
#include "answer.h"
#include "audit.h"
#include "body.h"
#include "caller.h"
#include "config.h"
#include "operations/dispatch.h"
#include "origin.h"
#include "public_url.h"
#include "random.h"
#include "request.h"
#include "rules.h"

#include <string.h>

/* The httpd side of an exchange. */
typedef struct {
    request_rec *r;
    ap_conf_vector_t *config; /* of the path as sent, before that of the owner's path */
} received;

static request_rec *request_of(gp_exchange *x)
{
    return ((received *)x->request)->r;
}

static gp_settings settings_of(const request_rec *r)
{
    const gp_config *config = gp_config_get(r);
    gp_settings settings = {
        .validation = gp_config_validation(config),
        .max_body = gp_config_max_body(config),
        .max_document = gp_config_max_document(config),
        .page_size = gp_config_page_size(config),
        .top_is_page = gp_config_top(config) == GP_TOP_PAGE,
        .metadata = gp_config_metadata(config),
        .max_positions = gp_config_max_positions(config),
        .default_audience = gp_config_audience(config),
        .keeps_created_by = gp_config_created_by(config) == GP_CREATED_BY_CLIENT,
        .allows_anonymous = config->anonymous == 1,
        .disabled = gp_config_disabled(config),
    };

    return settings;
}

/* ---- services for operations ---- */

static bool identify(gp_exchange *x)
{
    return gp_caller_identify(request_of(x), &x->caller, x->problem);
}

static gp_rules apply_rules(gp_exchange *x, bool is_shown)
{
    received *own = x->request;
    int status;

    own->config = own->r->per_dir_config;
    status = gp_rules_apply(own->r, x->owner, is_shown);
    if (status == DECLINED)
        return GP_RULES_SAME;
    x->settings = settings_of(own->r);
    if (status == OK)
        return GP_RULES_CHANGED;
    x->refusal = status;
    return GP_RULES_REFUSED;
}

static void revert_rules(gp_exchange *x)
{
    received *own = x->request;

    own->r->per_dir_config = own->config;
    gp_origin_announce(own->r);
    x->settings = settings_of(own->r);
}

static bool read_body(gp_exchange *x, apr_pool_t *pool)
{
    int status = gp_body_read(request_of(x), pool, x->settings.max_body, x->reader, x->problem);

    if (status == OK)
        return true;
    /* With AP_FILTER_ERROR httpd has already answered; without a problem it will answer. */
    if (status == AP_FILTER_ERROR || x->problem->error == GP_OK)
        x->refusal = status;
    return false;
}

static bool reserve(gp_exchange *x, apr_size_t size)
{
    return gp_answer_reserve(request_of(x), &x->answer, size, &x->store->budget, x->problem);
}

static const char *base_url(gp_exchange *x)
{
    return gp_public_url(request_of(x));
}

static void make_random(gp_exchange *x, void *bytes, apr_size_t length)
{
    gp_random_make(request_of(x), bytes, length);
}

static void audit(gp_exchange *x, const char *id, const char *before, const char *after)
{
    gp_audit_write(request_of(x), &x->caller, x->owner, id, before, after);
}

static const gp_receiver httpd = {identify, apply_rules, revert_rules, read_body,
                                  reserve,  base_url,    make_random,  audit};

/* ---- the handler ---- */

static void open_exchange(gp_exchange *x, received *own)
{
    request_rec *r = own->r;
    gp_request *request = gp_request_get(r);

    memset(x, 0, sizeof *x);
    x->pool = r->pool;
    apr_pool_create(&x->work, r->pool);
    x->receiver = &httpd;
    x->request = own;
    x->method = r->method;
    x->route = &request->route;
    x->args = r->args;
    x->headers = r->headers_in;
    x->settings = settings_of(r);
    x->problem = &request->problem;
    x->store = gp_dbd_store(r);
    x->answer.headers = apr_table_make(r->pool, 4);
}

int gp_handler(request_rec *r)
{
    received own = {r, NULL};
    gp_exchange x;

    if (r->handler == NULL || strcmp(r->handler, GP_HANDLER) != 0 || !gp_request_is_ours(r))
        return DECLINED;
    ap_log_rerror(APLOG_MARK, APLOG_DEBUG, 0, r, "%s under %s, request-id %s", r->method,
                  gp_config_get(r)->root, gp_request_get(r)->request_id);
    open_exchange(&x, &own);
    gp_dispatch(&x);
    if (x.operation == GP_OPERATION_OPTIONS)
        gp_origin_preflight(r, x.route->resource, x.answer.headers);
    apr_pool_destroy(x.work); /* free it now: a client may read the answer slowly */
    return gp_answer_send(r, &x.answer);
}
