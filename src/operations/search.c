/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds the positions of a list or a count. $filter and $orderby are evaluated here: the database returns the positions
 * that the viewer sees, in the order of ids and in chunks, and this file evaluates one after the other. It never gets a
 * hidden position, so neither an error nor the time reveals one.
 */
#include "search.h"
#include "base/limits.h"
#include "odata/evaluate.h"
#include "ranking.h"

#include <apr_strings.h>

#include <string.h>

typedef struct search search;

/* Takes a position that the filter selects. @return false: no further position is needed, or the problem is set */
typedef bool taker(search *s, const gp_position *position);

struct search {
    gp_exchange *x;
    gp_evaluation_terms terms; /* of the filter and the keys together */
    apr_int64_t bytes;         /* of documents that may still be evaluated */
    gp_evaluator *filter;      /* NULL: every position is selected */
    gp_evaluator *keys;        /* NULL: no $orderby */
    bool is_whole; /* the first chunk had all positions, so its rows are still in memory */
    taker *take;
    const char *first;        /* the id that the page begins at */
    int offset, limit, room;  /* positions to skip, positions to take, bytes of documents to take */
    apr_array_header_t *page; /* of gp_position */
    gp_ranking *ranking;
    apr_int64_t total;
};

/* ---- evaluation ---- */

static bool is_late(void *baton)
{
    search *s = baton;

    return gp_budget_is_over(&s->x->store->budget);
}

/* Sets the problem of a failed evaluation. @return whether the evaluation succeeded */
static bool judge(search *s, gp_evaluation ended, const gp_position *position, const char *option)
{
    gp_problem *problem = s->x->problem;

    switch (ended) {
    case GP_EVALUATED:
        return true;
    case GP_EVALUATION_COMPLEX:
        return gp_problem_set(problem, GP_TOO_COMPLEX, option, NULL);
    case GP_EVALUATION_LATE:
        return gp_problem_set(
            problem, GP_GATEWAY_TIMEOUT, option,
            "The query took too long. Request less, or use simpler query options.");
    case GP_EVALUATION_DIVISION:
        return gp_problem_set(problem, GP_BAD_REQUEST, option, "The expression divides by zero.");
    case GP_EVALUATION_OVERFLOW:
        return gp_problem_set(problem, GP_BAD_REQUEST, option,
                              "The expression has a value that is out of range.");
    case GP_EVALUATION_PATTERN:
        return gp_problem_set(problem, GP_BAD_REQUEST, option,
                              "The expression has a pattern that is not a regular expression.");
    case GP_EVALUATION_BROKEN:
        break;
    }
    GP_LOG(&s->x->store->log, GP_LOG_ERROR, "position %s: the stored document is not a position",
           position->id);
    return gp_problem_set(problem, GP_INTERNAL_ERROR, NULL, NULL);
}

/* Whether the filter selects a position. Also false if the evaluation fails and sets the problem. */
static bool is_selected(search *s, const gp_position *position)
{
    gp_evaluation ended;
    bool holds = true;

    if (s->filter == NULL)
        return true;
    ended = gp_evaluator_look(s->filter, position->document, position->length);
    if (ended == GP_EVALUATED)
        ended = gp_evaluator_test(s->filter, 0, &holds);
    return judge(s, ended, position, "$filter") && holds;
}

/* ---- chunks ---- */

/* Evaluates up to `most` positions of a chunk.
 * @param is_over  receives true if no further position is needed or the problem is set
 * @return how many positions it has evaluated. If that is not all and *is_over is false, the next chunk begins at the
 * next one. */
static int look(search *s, const gp_result *rows, int most, bool *is_over)
{
    int i;

    for (i = 0; i < rows->rows && i < most; i++) {
        gp_position position = gp_store_row(rows, i);

        if (position.document == NULL)
            break;
        s->bytes -= (apr_int64_t)position.length;
        *is_over = s->bytes < 0 && !judge(s, GP_EVALUATION_COMPLEX, &position, NULL);
        if (!*is_over && is_selected(s, &position))
            *is_over = !s->take(s, &position);
        if (*is_over || s->x->problem->error != GP_OK) {
            *is_over = true;
            break;
        }
    }
    return i;
}

/* Evaluates all positions from an id on. If the first chunk is the only one, its rows stay valid. */
static bool scan(search *s, const char *first)
{
    gp_exchange *x = s->x;
    gp_page page = {.limit = GP_QUERY_FIRST_MAX + 1, .bytes = GP_PAGE_BYTES_MAX};
    char next[GP_UUID_SIZE];
    bool is_over = false;
    apr_pool_t *pool;
    gp_result rows;
    int looked;

    apr_pool_create(&pool, x->work);
    apr_cpystrn(next, first, sizeof next);
    for (s->is_whole = true;; s->is_whole = false) {
        page.first = next;
        if (!gp_store_list(x->store, pool, x->owner, &x->viewer, &page, &rows, x->problem))
            return false;
        looked = look(s, &rows, page.limit - 1, &is_over);
        if (is_over || looked == rows.rows)
            return x->problem->error == GP_OK;
        apr_cpystrn(next, gp_store_row(&rows, looked).id, sizeof next);
        apr_pool_clear(pool);
        page.limit = GP_QUERY_CHUNK_MAX + 1;
        page.is_further = true;
    }
}

static void open_search(search *s, gp_exchange *x, taker *take)
{
    memset(s, 0, sizeof *s);
    s->terms = (gp_evaluation_terms){GP_QUERY_STEPS_MAX, apr_time_now(), is_late, s};
    s->x = x;
    s->bytes = GP_QUERY_BYTES_MAX;
    s->take = take;
    if (x->query.filter != NULL)
        s->filter = gp_evaluator_make(x->work, &x->query.filter, 1, &s->terms);
    if (x->query.order != NULL)
        s->keys =
            gp_evaluator_make(x->work, x->query.order->keys, x->query.order->count, &s->terms);
}

/* ---- takers ---- */

static bool take_count(search *s, const gp_position *position)
{
    (void)position;
    s->total++;
    return true;
}

/* Copies a position into the page, without its document if that does not fit. @return whether it fits. If it does not,
 * it begins the next page. */
static bool keep(search *s, const gp_position *position)
{
    gp_position *kept = apr_array_push(s->page);
    apr_pool_t *pool = s->x->work;

    memset(kept, 0, sizeof *kept);
    kept->id = apr_pstrdup(pool, position->id);
    kept->etag = apr_pstrdup(pool, position->etag);
    if (s->page->nelts > 1 && position->length > (apr_size_t)s->room) {
        s->room = 0;
        return false;
    }
    kept->document = apr_pstrmemdup(pool, position->document, position->length);
    kept->length = position->length;
    s->room -= position->length > (apr_size_t)s->room ? s->room : (int)position->length;
    return true;
}

/* Without $orderby: skips the offset, takes up to the limit, and only counts the rest. */
static bool take_listed(search *s, const gp_position *position)
{
    bool is_full = s->page->nelts == s->limit;

    s->total++;
    if (!is_full && strcmp(position->id, s->first) >= 0 && s->offset-- <= 0 && !keep(s, position))
        s->limit = s->page->nelts;
    return s->x->query.count || s->page->nelts < s->limit;
}

/* With $orderby: the page is known only after the last position. */
static bool take_ranked(search *s, const gp_position *position)
{
    gp_datum keys[GP_ORDER_KEYS_MAX];
    gp_evaluation ended = gp_evaluator_look(s->keys, position->document, position->length);
    int i;

    s->total++;
    for (i = 0; i < s->x->query.order->count && ended == GP_EVALUATED; i++)
        ended = gp_evaluator_value(s->keys, i, &keys[i]);
    if (!judge(s, ended, position, "$orderby"))
        return false;
    return gp_ranking_add(s->ranking, position, keys)
           || judge(s, GP_EVALUATION_COMPLEX, position, "$orderby");
}

/* ---- pages ---- */

static void tell(search *s, gp_found *found)
{
    found->positions = (const gp_position *)s->page->elts;
    found->count = s->page->nelts;
    if (s->x->query.count)
        found->total = apr_psprintf(s->x->work, "%" APR_INT64_T_FMT, s->total);
}

/* Takes a position that was read again. It may have changed, so the filter must still select it. A position without a
 * document no longer fits; it is taken too, because it begins the next page. @return false: the problem is set */
static bool keep_again(search *s, gp_position position)
{
    if (position.document == NULL || is_selected(s, &position))
        APR_ARRAY_PUSH(s->page, gp_position) = position;
    return s->x->problem->error == GP_OK;
}

/* Reads the documents of the page, unless they are still in memory. Leaves out positions that were deleted meanwhile,
 * or that the filter no longer selects. */
static bool fetch_ranked(search *s, const gp_ranked *ranked, int count, gp_found *found)
{
    gp_exchange *x = s->x;
    const char **ids = apr_palloc(x->work, ((apr_size_t)count + 1) * sizeof *ids);
    gp_result rows;
    int i;

    for (i = 0; i < count && s->is_whole; i++)
        keep(s, ranked[i].position);
    if (s->is_whole || count == 0)
        return true;
    for (i = 0; i < count; i++)
        ids[i] = ranked[i].id;
    if (!gp_store_pick(x->store, x->work, x->owner, &x->viewer, ids, count, GP_PAGE_BYTES_MAX,
                       &rows, x->problem))
        return false;
    for (i = 0; i < rows.rows; i++) {
        if (!keep_again(s, gp_store_row(&rows, i)))
            return false;
    }
    found->has_more = s->page->nelts < count && count == s->limit;
    return true;
}

static bool search_ranked(search *s, gp_found *found)
{
    const gp_order *order = s->x->query.order;
    const gp_ranked *ranked;
    int count, start;

    s->ranking = gp_ranking_make(s->x->work, order->descends, order->count,
                                 (apr_int64_t)s->offset + s->limit);
    if (!scan(s, GP_UUID_LOWEST))
        return false;
    ranked = gp_ranking_sort(s->ranking, &count);
    start = s->offset < count ? s->offset : count;
    count -= start;
    return fetch_ranked(s, ranked + start, count < s->limit ? count : s->limit, found);
}

/* Without $filter and $orderby, the database alone finds the page. */
static bool list(gp_exchange *x, int limit, gp_found *found)
{
    gp_page page = {.first = x->query.first,
                    .offset = x->query.offset,
                    .limit = limit,
                    .bytes = GP_PAGE_BYTES_MAX};
    gp_position *positions;
    gp_result rows;
    int i;

    if (!gp_store_list(x->store, x->work, x->owner, &x->viewer, &page, &rows, x->problem))
        return false;
    positions = apr_palloc(x->work, ((apr_size_t)rows.rows + 1) * sizeof *positions);
    for (i = 0; i < rows.rows; i++)
        positions[i] = gp_store_row(&rows, i);
    found->positions = positions;
    found->count = rows.rows;
    return !x->query.count
           || gp_store_count(x->store, x->work, x->owner, &x->viewer, &found->total, x->problem);
}

bool gp_search_count(gp_exchange *x, const char **total)
{
    search s = {.x = x};

    if (x->query.filter == NULL)
        return gp_store_count(x->store, x->work, x->owner, &x->viewer, total, x->problem);
    open_search(&s, x, take_count);
    if (!scan(&s, GP_UUID_LOWEST))
        return false;
    *total = apr_psprintf(x->work, "%" APR_INT64_T_FMT, s.total);
    return true;
}

/* A page of no positions: they are only counted, and the count does not depend on the order. */
static bool search_nothing(gp_exchange *x, gp_found *found)
{
    return !x->query.count || gp_search_count(x, &found->total);
}

bool gp_search(gp_exchange *x, int limit, gp_found *found)
{
    search s = {.x = x};
    bool is_found;

    memset(found, 0, sizeof *found);
    if (limit == 0)
        return search_nothing(x, found);
    if (x->query.filter == NULL && x->query.order == NULL)
        return list(x, limit, found);
    open_search(&s, x, x->query.order != NULL ? take_ranked : take_listed);
    s.first = x->query.first != NULL ? x->query.first : GP_UUID_LOWEST;
    s.offset = x->query.offset;
    s.limit = limit;
    s.room = GP_PAGE_BYTES_MAX;
    s.page = apr_array_make(x->work, 32, sizeof(gp_position));
    if (x->query.order != NULL)
        is_found = search_ranked(&s, found);
    else
        is_found = scan(&s, x->query.count ? GP_UUID_LOWEST : s.first);
    if (is_found)
        tell(&s, found);
    return is_found;
}
