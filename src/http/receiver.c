/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The services of httpd for operations: the receiver of a request (operations/exchange.h). item.c has the receiver of a
 * request in a batch.
 */
#include "receiver.h"
#include "answer.h"
#include "audit.h"
#include "body.h"
#include "caller.h"
#include "config.h"
#include "dbd.h"
#include "item.h"
#include "origin.h"
#include "public_url.h"
#include "random.h"
#include "request.h"
#include "rules.h"

#include <apr_strings.h>
#include <http_protocol.h>

#include <string.h>

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
        .has_batch = gp_config_batch(config),
        .batch_items = gp_config_batch_items(config),
        .batch_bytes = gp_config_batch_bytes(config),
    };

    return settings;
}

/* ---- services for operations ---- */

bool gp_receiver_identify(gp_exchange *x)
{
    return gp_caller_identify(gp_received_of(x)->r, &x->caller, x->problem);
}

gp_rules gp_receiver_apply_rules(gp_exchange *x, bool is_shown)
{
    gp_received *own = gp_received_of(x);
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

void gp_receiver_revert_rules(gp_exchange *x)
{
    gp_received *own = gp_received_of(x);

    own->r->per_dir_config = own->config;
    gp_origin_announce(own->r);
    x->settings = settings_of(own->r);
}

/* Sets the refusal of a request whose body could not be read. @return whether it was read */
static bool judge_reading(gp_exchange *x, int status)
{
    if (status == OK)
        return true;
    /* After AP_FILTER_ERROR, httpd has already answered. Without a problem, httpd answers with the status. */
    if (status == AP_FILTER_ERROR || x->problem->error == GP_OK)
        x->refusal = status;
    return false;
}

static bool read_body(gp_exchange *x, apr_pool_t *pool)
{
    return judge_reading(
        x, gp_body_read(gp_received_of(x)->r, pool, x->settings.max_body, x->reader, x->problem));
}

static bool read_text(gp_exchange *x, apr_off_t limit, gp_buffer *text)
{
    return judge_reading(x,
                         gp_body_read_text(gp_received_of(x)->r, x->work, limit, text, x->problem));
}

static bool reserve(gp_exchange *x, apr_size_t size)
{
    return gp_answer_reserve(gp_received_of(x)->r, &x->answer, size, &x->store->budget, x->problem);
}

const char *gp_receiver_base_url(gp_exchange *x)
{
    return gp_public_url(gp_received_of(x)->r);
}

void gp_receiver_random(gp_exchange *x, void *bytes, apr_size_t length)
{
    gp_random_make(gp_received_of(x)->r, bytes, length);
}

void gp_receiver_audit(gp_exchange *x, const char *id, const char *before, const char *after)
{
    gp_audit_write(gp_received_of(x)->r, &x->caller, x->owner, id, before, after);
}

/* For a status that httpd does not know, it returns the line of 500. */
static const char *status_line(gp_exchange *x, int status)
{
    const char *line = ap_get_status_line(status);
    const char *other = apr_psprintf(x->work, "%d Status", status);

    return strncmp(line, other, strlen("500")) == 0 ? line : other;
}

static const gp_receiver httpd = {
    .identify = gp_receiver_identify,
    .apply_rules = gp_receiver_apply_rules,
    .revert_rules = gp_receiver_revert_rules,
    .read_body = read_body,
    .reserve = reserve,
    .base_url = gp_receiver_base_url,
    .random = gp_receiver_random,
    .audit = gp_receiver_audit,
    .read_text = read_text,
    .status_line = status_line,
    .open_item = gp_item_open,
};

/* ---- opening ---- */

void gp_receiver_take(gp_exchange *x, request_rec *r)
{
    gp_request *request = gp_request_get(r);

    gp_received_of(x)->r = r;
    x->method = r->method;
    x->route = &request->route;
    x->args = r->args;
    x->headers = r->headers_in;
    x->settings = settings_of(r);
    x->problem = &request->problem;
    x->store = gp_dbd_store(r);
}

void gp_receiver_open(gp_exchange *x, apr_pool_t *pool, const gp_receiver *receiver)
{
    memset(x, 0, sizeof *x);
    x->pool = pool;
    apr_pool_create(&x->work, pool);
    x->receiver = receiver != NULL ? receiver : &httpd;
    x->request = apr_pcalloc(pool, sizeof(gp_received));
    x->answer.headers = apr_table_make(pool, 4);
}
