/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Dates, times, UUIDs, UTF-8 and percent-encoding. A time converted to UTC is valid and converts to
 * itself; valid UTF-8 is valid byte for byte; a key survives the way through a URL.
 */
#include "base/datetime.h"
#include "base/text.h"
#include "base/uri.h"
#include "base/utf8.h"
#include "base/uuid.h"
#include "fuzz.h"

static void check_times(const char *text, size_t size)
{
    char utc[GP_DATETIME_SIZE], again[GP_DATETIME_SIZE];

    if (gp_date_is_valid(text, size))
        must(size == 10 && !gp_datetime_is_valid(text, size));
    must(gp_datetime_to_utc(utc, text, size) == gp_datetime_is_valid(text, size));
    if (!gp_datetime_is_valid(text, size))
        return;
    must(strlen(utc) == GP_DATETIME_SIZE - 1 && gp_date_is_valid(utc, 10));
    must(gp_datetime_to_utc(again, utc, strlen(utc)));
    must(strcmp(utc, again) == 0);
}

static void check_utf8(const char *text, size_t size)
{
    const unsigned char *at = (const unsigned char *)text;
    size_t rest = size;
    int length = 1;

    while (rest > 0 && (length = gp_utf8_sequence(at, rest)) > 0) {
        must((size_t)length <= rest && length <= 4);
        at += length;
        rest -= (size_t)length;
    }
    must(gp_utf8_is_valid(text, size) == (length > 0));
}

/* A key in a URL as a browser would read it: no character ends a segment. */
static void check_key(const char *text, size_t size)
{
    const char *encoded, *decoded;
    gp_buffer url;

    if (strlen(text) != size || !gp_text_is_plain(text))
        return;
    gp_buffer_open(&url, pool, 64);
    gp_uri_add_key(&url, text);
    encoded = gp_buffer_text(&url);
    must(strpbrk(encoded, "/?#\\\"<> ") == NULL);
    decoded = gp_uri_decode(pool, encoded, strlen(encoded));
    must(decoded != NULL && strlen(decoded) >= size + strlen("('')"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = open_input(data, &size), uuid[GP_UUID_SIZE], again[GP_UUID_SIZE];
    const char *decoded;

    check_times(text, size);
    check_utf8(text, size);
    check_key(text, size);
    if (gp_uuid_parse(uuid, text, size)) {
        must(gp_uuid_parse(again, uuid, strlen(uuid)));
        must(strcmp(uuid, again) == 0);
    }
    decoded = gp_uri_decode(pool, text, size);
    must(decoded == NULL || gp_utf8_is_valid(decoded, strlen(decoded)));
    return close_input(text);
}
