/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The steps that operations share, from the headers of a request to its body. An operation calls them in
 * order; one that fails has set the problem.
 */
#include "exchange.h"
#include "http/body.h"
#include "http/errors.h"
#include "http/origin.h"
#include "http/refusal.h"
#include "http/rules.h"
#include "odata/header_content_type.h"
#include "odata/header_version.h"

#include <string.h>

/* The versions of OData that answers come in, in hundredths. */
#define VERSION_4_0  400
#define VERSION_4_01 401

static const char *header(const request_rec *r, const char *name)
{
    return apr_table_get(r->headers_in, name);
}

int gp_exchange_fail(request_rec *r, gp_exchange *x)
{
    const gp_request *request = gp_request_get(r);

    if (x != NULL)
        apr_pool_destroy(x->pool);
    if (request->refusal != 0) /* by httpd, which errors.c logs */
        return request->refusal;
    gp_refusal_log(r, &request->problem, request->request_id);
    return gp_errors_answer(r);
}

/* The protocol's version (OData 4.01 sections 8.1.5 and 8.2.7): answers are 4.0, unless they say so. */
static int check_version(request_rec *r, gp_exchange *x)
{
    const char *max = header(r, "OData-MaxVersion"), *sent = header(r, "OData-Version");

    x->max_version = max ? gp_header_version(max) : VERSION_4_01;
    if (x->max_version < VERSION_4_0)
        return gp_problem_set(x->problem, GP_NOT_ACCEPTABLE, "OData-MaxVersion",
                              "This service answers in OData version 4.0.");
    if (sent != NULL && strcmp(sent, "4.0") != 0 && strcmp(sent, "4.01") != 0)
        return gp_problem_set(x->problem, GP_BAD_REQUEST, "OData-Version",
                              "This service takes OData versions 4.0 and 4.01.");
    return 1;
}

/* Snapshot isolation, the only one there is, is not supported: such a request must not be processed,
 * whatever the value (OData 4.01 section 8.2.6). */
static int check_isolation(request_rec *r, gp_problem *problem)
{
    static const char *const names[] = {"Isolation", "OData-Isolation"};
    apr_size_t i;

    for (i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (header(r, names[i]) != NULL)
            return gp_problem_set(problem, GP_ISOLATION_UNSUPPORTED, names[i], NULL);
    }
    return 1;
}

/* $format, which wins, or Accept. An answer without a body needs neither: then nothing is offered. */
static int negotiate(request_rec *r, gp_exchange *x, unsigned offered)
{
    const char *format = x->query.format;

    if (offered == 0)
        return 1;
    if (format == NULL)
        return gp_header_accept(header(r, "Accept"), offered, &x->accepted)
               || gp_problem_set(x->problem, GP_NOT_ACCEPTABLE, "Accept", NULL);
    if (strcasecmp(format, "json") == 0)
        format = "application/json";
    else if (strcasecmp(format, "xml") == 0)
        format = "application/xml";
    return (*format != '\0' && gp_header_accept(format, offered, &x->accepted))
           || gp_problem_set(x->problem, GP_NOT_ACCEPTABLE, "$format",
                             "The format is not one that this resource is answered in.");
}

void gp_exchange_open(request_rec *r, gp_exchange *x)
{
    memset(x, 0, sizeof *x);
    x->request = gp_request_get(r);
    x->problem = &x->request->problem;
    apr_pool_create(&x->pool, r->pool);
    x->config = gp_config_get(r);
    x->prefer = gp_header_prefer(header(r, "Prefer"));
}

int gp_exchange_agree(request_rec *r, gp_exchange *x, gp_operation operation, unsigned offered)
{
    if (!check_version(r, x) || !check_isolation(r, x->problem))
        return 0;
    /* CSDL in JSON is of version 4.01. */
    if (operation == GP_OPERATION_METADATA && x->max_version < VERSION_4_01)
        offered &= ~(unsigned)GP_OFFER_JSON;
    if (!gp_query_parse(r->pool, r->args, operation, &x->query, x->problem)
        || !negotiate(r, x, offered))
        return 0;
    x->shape.level = x->accepted.level;
    x->shape.ieee754 = x->accepted.ieee754;
    x->shape.selection = x->query.selection;
    return 1;
}

/* Identifies and judges the caller again, by the configuration of the owner's path. */
static int meet_owners_terms(request_rec *r, gp_exchange *x, gp_access access)
{
    x->config = gp_config_get(r);
    return gp_caller_identify(r, access, &x->request->route, &x->caller, x->problem)
           && gp_caller_permit_again(r, &x->caller, access, x->owner, &x->viewer, x->problem);
}

/* Goes on as if the key in the path were nobody's: with the configuration and the caller from before the rules
 * of the owner were applied. */
static int forget_owner(request_rec *r, gp_exchange *x, ap_conf_vector_t *config,
                        const gp_caller *caller, const gp_viewer *viewer)
{
    r->per_dir_config = config;
    gp_origin_announce(r);
    gp_problem_open(x->problem, r->pool);
    x->config = gp_config_get(r);
    x->caller = *caller;
    x->viewer = *viewer;
    x->owner = x->request->route.user;
    return 1;
}

/*
 * Applies what the configuration says of the owner's id where the path names the owner otherwise. It may
 * say anything else that the configuration can, so the caller is identified and judged by it again. A
 * refusal, by whatever it is, would tell an anonymous caller whose name it is: to such a caller the user is
 * unknown.
 */
static int obey_rules_of_owner(request_rec *r, gp_exchange *x, gp_access access)
{
    const gp_caller caller = x->caller;
    const gp_viewer viewer = x->viewer;
    ap_conf_vector_t *config = r->per_dir_config;
    const char *key = x->request->route.user;
    int status = DECLINED;

    if (key != NULL && strcmp(key, x->owner) != 0)
        status = gp_rules_apply(r, x->owner, caller.id != NULL);
    if (status == DECLINED || (status == OK && meet_owners_terms(r, x, access)))
        return 1;
    if (caller.id == NULL)
        return forget_owner(r, x, config, &caller, &viewer);
    x->request->refusal = status; /* OK: the problem says why */
    return 0;
}

int gp_exchange_open_positions(request_rec *r, gp_exchange *x, gp_operation operation,
                               gp_access access, unsigned offered)
{
    const gp_route *route = &gp_request_get(r)->route;

    gp_exchange_open(r, x);
    return gp_caller_identify(r, access, route, &x->caller, x->problem)
           && (access == GP_ACCESS_READ || gp_origin_permit_write(r, x->problem))
           && gp_exchange_agree(r, x, operation, offered)
           && gp_caller_permit(r, &x->caller, access, route, &x->owner, &x->viewer, x->problem)
           && obey_rules_of_owner(r, x, access)
           /* An id that is not a UUID cannot exist. */
           && (route->id == NULL || gp_uuid_parse(x->id, route->id, strlen(route->id))
               || gp_problem_set(x->problem, GP_NOT_FOUND, NULL, NULL));
}

const char *gp_exchange_owner(const gp_exchange *x)
{
    return x->caller.id != NULL ? x->owner : x->request->route.user;
}

static int check_media_type(request_rec *r, gp_problem *problem)
{
    gp_media media = gp_header_content_type(header(r, "Content-Type"));

    if (media == GP_MEDIA_JSON)
        return 1;
    gp_reply_accepted(gp_request_get(r)->route.resource, r->err_headers_out);
    return gp_problem_set(
        problem, GP_UNSUPPORTED_MEDIA_TYPE, "Content-Type",
        media == GP_MEDIA_OTHER_CHARSET ? "The request body must be JSON in UTF-8." : NULL);
}

gp_value *gp_exchange_read_body(request_rec *r, apr_pool_t *pool, gp_exchange *x,
                                gp_reading reading, int *answer)
{
    gp_value *value = NULL;

    *answer = OK;
    if (check_media_type(r, x->problem)) {
        x->reader = gp_reader_open(pool, &gp_work_position, reading,
                                   gp_config_validation(x->config), x->problem);
        *answer = gp_body_read(r, pool, gp_config_max_body(x->config), x->reader, x->problem);
        if (*answer == OK)
            value = gp_reader_finish(x->reader);
    }
    if (x->problem->error != GP_OK && *answer != AP_FILTER_ERROR) /* which is answered already */
        *answer = gp_exchange_fail(r, x);
    return value;
}

int gp_exchange_fits(const gp_exchange *x, apr_size_t length, apr_size_t before)
{
    apr_off_t most = gp_config_max_document(x->config);

    return (apr_off_t)length <= most || length <= before
           || gp_problem_set(x->problem, GP_DOCUMENT_TOO_LARGE, NULL,
                             "The position would be stored in %" APR_SIZE_T_FMT
                             " bytes, more than %" APR_OFF_T_FMT ".",
                             length, most);
}

int gp_exchange_reserve_written(request_rec *r, const gp_exchange *x, const gp_position *position)
{
    return x->prefer.returns == GP_RETURN_MINIMAL
           || gp_reply_reserve(r, gp_reply_entity_size(r, x->owner, position, &x->shape),
                               x->problem);
}

int gp_conditions_read(request_rec *r, gp_conditions *sent, gp_problem *problem)
{
    if (!gp_header_etags(r->pool, header(r, "If-Match"), &sent->if_match))
        return gp_problem_set(problem, GP_BAD_REQUEST, "If-Match",
                              "An ETag is text in quotes, or \"*\" without them.");
    if (!gp_header_etags(r->pool, header(r, "If-None-Match"), &sent->if_none_match))
        return gp_problem_set(problem, GP_BAD_REQUEST, "If-None-Match",
                              "An ETag is text in quotes, or \"*\" without them.");
    return 1;
}

int gp_conditions_meet(const gp_conditions *sent, const char *etag, gp_problem *problem)
{
    if (sent->if_match.is_sent && !gp_etags_match(&sent->if_match, etag))
        return gp_problem_set(problem, GP_PRECONDITION_FAILED, "If-Match", NULL);
    if (gp_etags_match(&sent->if_none_match, etag))
        return gp_problem_set(problem, GP_PRECONDITION_FAILED, "If-None-Match",
                              "The resource has an ETag that the request rules out.");
    return 1;
}

int gp_conditions_meet_untagged(request_rec *r, gp_problem *problem)
{
    gp_conditions sent;

    if (!gp_conditions_read(r, &sent, problem))
        return 0;
    if (sent.if_match.is_sent && !sent.if_match.any)
        return gp_problem_set(problem, GP_PRECONDITION_FAILED, "If-Match",
                              "This resource has no ETag, so none can match.");
    if (sent.if_none_match.any && r->method_number == M_POST)
        return gp_problem_set(problem, GP_PRECONDITION_FAILED, "If-None-Match",
                              "The collection exists. A position that exists is never overwritten: "
                              "send the request without the header.");
    return 1;
}
