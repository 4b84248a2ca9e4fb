/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The steps that operations share, from the headers of a request to its body. An operation calls them in order;
 * a step that fails has set the problem.
 */
#include "exchange.h"
#include "access.h"
#include "answer.h"
#include "odata/header_content_type.h"
#include "odata/header_version.h"

#include <string.h>

/* The OData versions of answers, in hundredths. */
#define VERSION_4_0  400
#define VERSION_4_01 401

/* Checks the version of the protocol (OData 4.01 sections 8.1.5 and 8.2.7). Answers are 4.0 unless they state
 * another. */
static bool check_version(gp_exchange *x)
{
    const char *max = gp_exchange_header(x, "OData-MaxVersion");
    const char *sent = gp_exchange_header(x, "OData-Version");

    x->max_version = max ? gp_header_version(max) : VERSION_4_01;
    if (x->max_version < VERSION_4_0)
        return gp_problem_set(x->problem, GP_NOT_ACCEPTABLE, "OData-MaxVersion",
                              "This service answers in OData version 4.0.");
    if (sent != NULL && strcmp(sent, "4.0") != 0 && strcmp(sent, "4.01") != 0)
        return gp_problem_set(x->problem, GP_BAD_REQUEST, "OData-Version",
                              "This service supports OData versions 4.0 and 4.01.");
    return true;
}

/* Rejects a request for isolation. Snapshot, the only kind of isolation, is not supported: the service must not
 * process such a request, whatever the value (OData 4.01 section 8.2.6). */
static bool check_isolation(gp_exchange *x)
{
    static const char *const names[] = {"Isolation", "OData-Isolation"};
    apr_size_t i;

    for (i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (gp_exchange_header(x, names[i]) != NULL)
            return gp_problem_set(x->problem, GP_ISOLATION_UNSUPPORTED, names[i], NULL);
    }
    return true;
}

/* Chooses the format by $format, which takes precedence, or Accept. An answer without a body offers none. */
static bool negotiate(gp_exchange *x, unsigned offered)
{
    const char *format = x->query.format;

    if (offered == 0)
        return true;
    if (format == NULL)
        return gp_header_accept(gp_exchange_header(x, "Accept"), offered, &x->accepted)
               || gp_problem_set(x->problem, GP_NOT_ACCEPTABLE, "Accept", NULL);
    if (strcasecmp(format, "json") == 0)
        format = "application/json";
    else if (strcasecmp(format, "xml") == 0)
        format = "application/xml";
    return (*format != '\0' && gp_header_accept(format, offered, &x->accepted))
           || gp_problem_set(x->problem, GP_NOT_ACCEPTABLE, "$format",
                             "This resource is not available in the requested format.");
}

bool gp_exchange_agree(gp_exchange *x, unsigned offered)
{
    if (!check_version(x))
        return false;
    if (!check_isolation(x))
        return false;
    /* CSDL in JSON has version 4.01. */
    if (x->operation == GP_OPERATION_METADATA && x->max_version < VERSION_4_01)
        offered &= ~(unsigned)GP_OFFER_JSON;
    if (!gp_query_parse(x->pool, x->args, x->operation, &x->query, x->problem))
        return false;
    if (!negotiate(x, offered))
        return false;
    x->shape.level = x->accepted.level;
    x->shape.ieee754 = x->accepted.ieee754;
    x->shape.selection = x->query.selection;
    x->prefer = gp_header_prefer(gp_exchange_header(x, "Prefer"));
    return true;
}

/* Identifies the caller and checks access again, with the settings of the owner's path. */
static bool meet_rules_of_owner(gp_exchange *x, gp_access access)
{
    return gp_access_identify(x, access) && gp_access_permit_again(x, access);
}

/* Continues as if no user had the key in the path, with the settings and the caller from before the rules of the
 * owner were applied. */
static bool forget_owner(gp_exchange *x, const gp_caller *caller, const gp_viewer *viewer)
{
    x->receiver->revert_rules(x);
    x->refusal = 0;
    gp_problem_open(x->problem, x->pool);
    x->caller = *caller;
    x->viewer = *viewer;
    x->owner = x->route->user;
    return true;
}

/*
 * Applies the configuration of the owner's id if the path names the owner otherwise. It may change any setting,
 * so the caller is identified and checked again. Any refusal would tell an anonymous caller that the name
 * belongs to a user, so to such a caller the user is unknown.
 */
static bool obey_rules_of_owner(gp_exchange *x, gp_access access)
{
    const gp_caller caller = x->caller;
    const gp_viewer viewer = x->viewer;
    const char *key = x->route->user;
    gp_rules rules;

    if (key == NULL || strcmp(key, x->owner) == 0)
        return true;
    rules = x->receiver->apply_rules(x, caller.id != NULL);
    if (rules == GP_RULES_SAME)
        return true;
    if (rules == GP_RULES_CHANGED && meet_rules_of_owner(x, access))
        return true;
    return caller.id == NULL && forget_owner(x, &caller, &viewer);
}

/* An id that is not a UUID cannot exist. */
static bool read_id(gp_exchange *x)
{
    const char *id = x->route->id;

    if (id == NULL || gp_uuid_parse(x->id, id, strlen(id)))
        return true;
    return gp_problem_set(x->problem, GP_NOT_FOUND, NULL, NULL);
}

bool gp_exchange_open_positions(gp_exchange *x, gp_access access, unsigned offered)
{
    if (!gp_access_identify(x, access))
        return false;
    if (access == GP_ACCESS_WRITE && !gp_access_check_origin(x))
        return false;
    if (!gp_exchange_agree(x, offered))
        return false;
    if (!gp_access_permit(x, access))
        return false;
    if (!obey_rules_of_owner(x, access))
        return false;
    return read_id(x);
}

const char *gp_exchange_owner(const gp_exchange *x)
{
    return x->caller.id != NULL ? x->owner : x->route->user;
}

bool gp_exchange_is_json(gp_exchange *x)
{
    gp_media media = gp_header_content_type(gp_exchange_header(x, "Content-Type"));

    if (media == GP_MEDIA_JSON)
        return true;
    gp_answer_accepted(x);
    return gp_problem_set(
        x->problem, GP_UNSUPPORTED_MEDIA_TYPE, "Content-Type",
        media == GP_MEDIA_OTHER_CHARSET ? "The request body must be JSON in UTF-8." : NULL);
}

/* How long a client takes to send a body does not count as the request's time. */
static bool receive_body(gp_exchange *x, apr_pool_t *pool)
{
    apr_time_t begun = gp_clock();
    bool is_read = x->receiver->read_body(x, pool);

    gp_budget_pause(&x->store->budget, gp_clock() - begun);
    return is_read;
}

bool gp_exchange_read_body(gp_exchange *x, apr_pool_t *pool, gp_reading reading, gp_value **value)
{
    if (!gp_exchange_is_json(x))
        return false;
    x->reader =
        gp_reader_open(pool, &gp_work_position, reading, x->settings.validation, x->problem);
    if (!receive_body(x, pool))
        return false;
    *value = gp_reader_finish(x->reader);
    return *value != NULL;
}

bool gp_exchange_check_size(gp_exchange *x, apr_size_t length, apr_size_t before)
{
    apr_off_t most = x->settings.max_document;

    if ((apr_off_t)length <= most || length <= before)
        return true;
    return gp_problem_set(x->problem, GP_DOCUMENT_TOO_LARGE, NULL,
                          "The stored position would take %" APR_SIZE_T_FMT
                          " bytes, more than %" APR_OFF_T_FMT ".",
                          length, most);
}
