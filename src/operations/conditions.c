/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conditional requests: If-Match and If-None-Match (RFC 9110 section 13). Conditions by date are ignored, because
 * no answer has a Last-Modified.
 */
#include "conditions.h"

static bool read_etags(gp_exchange *x, const char *name, gp_etags *etags)
{
    if (gp_header_etags(x->pool, gp_exchange_header(x, name), etags))
        return true;
    return gp_problem_set(x->problem, GP_BAD_REQUEST, name,
                          "An ETag is text in quotes, or \"*\" without them.");
}

bool gp_conditions_read(gp_exchange *x, gp_conditions *sent)
{
    return read_etags(x, "If-Match", &sent->if_match)
           && read_etags(x, "If-None-Match", &sent->if_none_match);
}

static bool meet_if_match(gp_exchange *x, const gp_conditions *sent, const char *etag)
{
    if (sent->if_match.is_sent && !gp_etags_match(&sent->if_match, etag))
        return gp_problem_set(x->problem, GP_PRECONDITION_FAILED, "If-Match", NULL);
    return true;
}

bool gp_conditions_meet(gp_exchange *x, const gp_conditions *sent, const char *etag)
{
    if (!meet_if_match(x, sent, etag))
        return false;
    if (gp_etags_match(&sent->if_none_match, etag))
        return gp_problem_set(x->problem, GP_PRECONDITION_FAILED, "If-None-Match",
                              "The resource has an ETag that the request excludes.");
    return true;
}

bool gp_conditions_meet_read(gp_exchange *x, const gp_conditions *sent, const char *etag,
                             const gp_etag **known)
{
    if (!meet_if_match(x, sent, etag))
        return false;
    *known = gp_etags_find(x->pool, &sent->if_none_match, etag, x->accepted.level);
    return true;
}

bool gp_conditions_meet_untagged(gp_exchange *x)
{
    gp_conditions sent;

    if (!gp_conditions_read(x, &sent))
        return false;
    if (sent.if_match.is_sent && !sent.if_match.any)
        return gp_problem_set(x->problem, GP_PRECONDITION_FAILED, "If-Match",
                              "This resource has no ETag, so none can match.");
    if (sent.if_none_match.any && x->operation == GP_OPERATION_CREATE)
        return gp_problem_set(x->problem, GP_PRECONDITION_FAILED, "If-None-Match",
                              "The collection exists, and a POST never overwrites a position. Send "
                              "the request without the header.");
    return true;
}
