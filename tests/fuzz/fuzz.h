/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the fuzz targets share. Each reads some input of clients' and aborts where what must hold does
 * not. Run by libFuzzer (`make fuzz T=name S=seconds`), and over its corpus alone by replay.c (`make
 * unit`).
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <apr_general.h>
#include <apr_strings.h>
#include <yajl/yajl_parse.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static apr_pool_t *pool;

static void must(int holds)
{
    if (!holds)
        abort();
}

static inline int are_same(const char *left, const char *right)
{
    return left == NULL || right == NULL ? left == right : strcmp(left, right) == 0;
}

static inline void must_be_json(const char *text)
{
    yajl_handle json = yajl_alloc(NULL, NULL, NULL);

    must(yajl_parse(json, (const unsigned char *)text, strlen(text)) == yajl_status_ok);
    must(yajl_complete_parse(json) == yajl_status_ok);
    yajl_free(json);
}

/* A copy that ends where the input does, and with a NUL: not of a pool, so that sanitizers see its end.
 * A line end at the end, as editors make it, is left out. */
static char *open_input(const uint8_t *data, size_t *size)
{
    char *text;

    if (pool == NULL) {
        apr_initialize();
        apr_pool_create(&pool, NULL);
    }
    if (*size > 0 && data[*size - 1] == '\n')
        (*size)--;
    text = malloc(*size + 1);
    must(text != NULL);
    memcpy(text, data, *size);
    text[*size] = '\0';
    return text;
}

static int close_input(char *text)
{
    free(text);
    apr_pool_clear(pool);
    return 0;
}

#endif
