/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first positions by the keys of $orderby. It collects twice as many rows as it must keep, then copies the first
 * half into another pool and frees the rest. So memory does not grow with the number of positions.
 */
#include "ranking.h"

#include <apr_strings.h>

#include <stdlib.h>
#include <string.h>

/* The smallest number of rows that is sorted. */
#define FEW 256

struct gp_ranking {
    apr_pool_t *parent, *pool; /* pool: of the rows */
    const bool *descends;
    int keys;
    apr_int64_t most;
    gp_ranked *rows;
    int count, size;
    apr_size_t bytes; /* of rows and their texts */
};

static int compare(const void *left, const void *right, void *baton)
{
    const gp_ranking *ranking = baton;
    const gp_ranked *one = left, *other = right;
    int i;

    for (i = 0; i < ranking->keys; i++) {
        int sign = gp_datum_order(&one->keys[i], &other->keys[i]);

        if (sign != 0)
            return ranking->descends[i] ? -sign : sign;
    }
    return strcmp(one->id, other->id);
}

/* The length in bytes of the compared part of a text. */
static apr_size_t compared_length(const gp_datum *text)
{
    apr_size_t length = text->as.text.length, at;
    int characters = 0;

    if (length <= GP_ORDER_TEXT_MAX)
        return length;
    for (at = 0; at < length; at++) {
        if (((unsigned char)text->as.text.bytes[at] & 0xc0) != 0x80
            && characters++ == GP_ORDER_TEXT_MAX)
            return at;
    }
    return length;
}

static gp_datum copy_key(gp_ranking *ranking, const gp_datum *key)
{
    gp_datum copied = *key;

    if (key->kind == GP_KIND_COMPLEX)
        return gp_datum_null;
    if (key->kind != GP_KIND_STRING)
        return copied;
    copied.as.text.length = compared_length(key);
    copied.as.text.bytes = apr_pstrmemdup(ranking->pool, key->as.text.bytes, copied.as.text.length);
    ranking->bytes += copied.as.text.length;
    return copied;
}

static void copy_row(gp_ranking *ranking, gp_ranked *out, const gp_ranked *from)
{
    int i;

    *out = *from;
    out->position = apr_pmemdup(ranking->pool, from->position, sizeof *from->position);
    for (i = 0; i < ranking->keys; i++)
        out->keys[i] = copy_key(ranking, &from->keys[i]);
    ranking->bytes += sizeof *out + sizeof *out->position;
}

/* Allocates rows in a new pool. */
static void open_rows(gp_ranking *ranking, int size)
{
    apr_pool_create(&ranking->pool, ranking->parent);
    ranking->rows = apr_palloc(ranking->pool, (apr_size_t)size * sizeof *ranking->rows);
    ranking->size = size;
    ranking->bytes = 0;
}

gp_ranking *gp_ranking_make(apr_pool_t *pool, const bool *descends, int keys, apr_int64_t most)
{
    gp_ranking *ranking = apr_pcalloc(pool, sizeof *ranking);

    ranking->parent = pool;
    ranking->descends = descends;
    ranking->keys = keys;
    ranking->most = most;
    open_rows(ranking, FEW);
    return ranking;
}

static void sort(gp_ranking *ranking)
{
    qsort_r(ranking->rows, (size_t)ranking->count, sizeof *ranking->rows, compare, ranking);
    if (ranking->count > ranking->most)
        ranking->count = (int)ranking->most;
}

/* Keeps the first `most` rows, and allocates space for as many more. */
static void make_room(gp_ranking *ranking)
{
    apr_pool_t *before = ranking->pool;
    const gp_ranked *rows = ranking->rows;
    int i;

    sort(ranking);
    open_rows(ranking, ranking->count < FEW / 2 ? FEW : 2 * ranking->count);
    for (i = 0; i < ranking->count; i++)
        copy_row(ranking, &ranking->rows[i], &rows[i]);
    apr_pool_destroy(before);
}

bool gp_ranking_add(gp_ranking *ranking, const gp_position *position, const gp_datum *keys)
{
    gp_ranked *row;
    int i;

    if (ranking->count == ranking->size)
        make_room(ranking);
    if (ranking->bytes > GP_ORDER_BYTES_MAX)
        return false;
    row = &ranking->rows[ranking->count++];
    memset(row, 0, sizeof *row);
    apr_cpystrn(row->id, position->id, sizeof row->id);
    row->position = apr_pmemdup(ranking->pool, position, sizeof *position);
    for (i = 0; i < ranking->keys; i++)
        row->keys[i] = copy_key(ranking, &keys[i]);
    ranking->bytes += sizeof *row + sizeof *position;
    return true;
}

const gp_ranked *gp_ranking_sort(gp_ranking *ranking, int *count)
{
    sort(ranking);
    *count = ranking->count;
    return ranking->rows;
}
