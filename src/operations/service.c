/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Describe the service.
 *
 *     GET {root}              200  the service document
 *     GET {root}/$metadata    200  the types in CSDL, as XML or JSON
 *     OPTIONS any path        204  Allow, Accept-Post, Accept-Patch
 */
#include "answer.h"
#include "conditions.h"
#include "odata/metadata.h"
#include "operations.h"

/* ---- the service document ---- */

static bool begin_service(gp_exchange *x)
{
    if (!gp_exchange_agree(x, GP_OFFER_JSON))
        return false;
    return gp_conditions_meet_untagged(x);
}

static bool finish_service(gp_exchange *x)
{
    bool has_context = x->shape.level != GP_METADATA_NONE;

    gp_answer_open(x, GP_HTTP_OK);
    gp_answer_open_body(x, gp_answer_json_type(x), 256);
    gp_metadata_write_service(&x->answer.body, has_context ? x->receiver->base_url(x) : NULL);
    return true;
}

const gp_operation_steps gp_operation_service = {begin_service, NULL, finish_service, NULL};

/* ---- $metadata ---- */

static bool begin_metadata(gp_exchange *x)
{
    if (!gp_exchange_agree(x, GP_OFFER_XML | GP_OFFER_JSON))
        return false;
    return gp_conditions_meet_untagged(x);
}

static bool finish_metadata(gp_exchange *x)
{
    gp_answer_open(x, GP_HTTP_OK);
    if (x->accepted.media == GP_OFFER_XML) {
        gp_answer_open_body(x, "application/xml;charset=utf-8", 16384);
        gp_metadata_write_xml(&x->answer.body, x->settings.metadata, x->settings.has_batch);
        return true;
    }
    /* required at the start of CSDL in JSON */
    apr_table_setn(x->answer.headers, "OData-Version", "4.01");
    gp_answer_open_body(x,
                        x->shape.ieee754 ? "application/json;IEEE754Compatible=true;charset=utf-8"
                                         : "application/json;charset=utf-8",
                        16384);
    gp_metadata_write_json(&x->answer.body, x->settings.metadata, x->settings.has_batch);
    return true;
}

const gp_operation_steps gp_operation_metadata = {begin_metadata, NULL, finish_metadata, NULL};

/* ---- OPTIONS ---- */

static bool begin_options(gp_exchange *x)
{
    gp_answer_open(x, GP_HTTP_NO_CONTENT);
    return true;
}

static bool finish_options(gp_exchange *x)
{
    apr_table_setn(x->answer.headers, "Allow",
                   gp_route_allow(x->pool, x->route->resource, x->settings.disabled));
    gp_answer_accepted(x);
    return true;
}

const gp_operation_steps gp_operation_options = {begin_options, NULL, finish_options, NULL};
