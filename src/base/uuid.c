/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads and makes UUIDs (RFC 9562). The caller provides randomness and time.
 */
#include "uuid.h"
#include "text.h"

#include <string.h>

static void uuid_format(char out[GP_UUID_SIZE], const unsigned char bytes[16])
{
    static const char dashes[] = "........-....-....-....-............";

    memcpy(out, dashes, GP_UUID_SIZE);
    gp_hex_write(out, bytes, 4);
    gp_hex_write(out + 9, bytes + 4, 2);
    gp_hex_write(out + 14, bytes + 6, 2);
    gp_hex_write(out + 19, bytes + 8, 2);
    gp_hex_write(out + 24, bytes + 10, 6);
}

bool gp_uuid_parse(char out[GP_UUID_SIZE], const char *text, apr_size_t length)
{
    char lower[GP_UUID_SIZE];
    int i;

    if (length != GP_UUID_SIZE - 1)
        return false;
    for (i = 0; i < GP_UUID_SIZE - 1; i++) {
        char c = text[i];

        if (c >= 'A' && c <= 'F')
            c = (char)(c - 'A' + 'a');
        if (i == 8 || i == 13 || i == 18 || i == 23) {
            if (c != '-')
                return false;
        } else if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f')) {
            return false;
        }
        lower[i] = c;
    }
    lower[GP_UUID_SIZE - 1] = '\0';
    memcpy(out, lower, GP_UUID_SIZE);
    return true;
}

/* Writes 16 bytes as a UUID, and sets the version and variant fields of RFC 9562. */
static void format_version(char out[GP_UUID_SIZE], const unsigned char data[16], int version)
{
    unsigned char bytes[16];

    memcpy(bytes, data, sizeof bytes);
    bytes[6] = (unsigned char)(version << 4 | (bytes[6] & 0x0f));
    bytes[8] = (unsigned char)(0x80 | (bytes[8] & 0x3f));
    uuid_format(out, bytes);
}

void gp_uuid_format_v4(char out[GP_UUID_SIZE], const unsigned char random[16])
{
    format_version(out, random, 4);
}

void gp_uuid_format_v5(char out[GP_UUID_SIZE], const unsigned char digest[16])
{
    format_version(out, digest, 5);
}

void gp_uuid_format_v7(char out[GP_UUID_SIZE], apr_time_t time, const unsigned char random[8])
{
    apr_uint64_t milliseconds = (apr_uint64_t)apr_time_as_msec(time);
    unsigned fraction = (unsigned)(time % 1000) * 4096u / 1000u;
    unsigned char bytes[16];
    int i;

    for (i = 0; i < 6; i++)
        bytes[i] = (unsigned char)(milliseconds >> (8 * (5 - i)));
    bytes[6] = (unsigned char)(0x70 | (fraction >> 8));
    bytes[7] = (unsigned char)fraction;
    memcpy(bytes + 8, random, 8);
    bytes[8] = (unsigned char)(0x80 | (bytes[8] & 0x3f));
    uuid_format(out, bytes);
}
