/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Code that the fuzz targets share. Each target reads one kind of client input and aborts if a
 * property does not hold. libFuzzer runs it (`make fuzz T=name S=seconds`), and replay.c runs it over
 * its corpus only (`make unit`).
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

/* Returns a copy that ends exactly where the input does, plus a NUL. It is not from a pool, so that
 * sanitizers see its end. A line end at the end, as editors write it, is left out. */
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
