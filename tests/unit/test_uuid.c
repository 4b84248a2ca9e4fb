/* SPDX-License-Identifier: Apache-2.0 */
#include "base/uuid.h"
#include "unit.h"

#include <apr_sha1.h>

TEST(uuids_are_read_in_either_case)
{
    char out[GP_UUID_SIZE] = "untouched";

    ck_assert(!gp_uuid_parse(out, "", 0));
    ck_assert(!gp_uuid_parse(out, "17a809a9-09a9-17a8-a909-a817a909a81", 35));
    ck_assert(!gp_uuid_parse(out, "17a809a9-09a9-17a8-a909-a817a909a81g", 36));
    ck_assert(!gp_uuid_parse(out, "17a809a9x09a9-17a8-a909-a817a909a817", 36));
    ck_assert(!gp_uuid_parse(out, "17a809a909a9-17a8-a909-a817a909a8170", 36));
    ck_assert_str_eq(out, "untouched");
    ck_assert(gp_uuid_parse(out, "17A809A9-09a9-17a8-A909-a817a909a817", 36));
    ck_assert_str_eq(out, "17a809a9-09a9-17a8-a909-a817a909a817");
}

TEST(uuids_contain_their_version)
{
    unsigned char ones[16], zeros[16] = {0};
    char out[GP_UUID_SIZE];

    memset(ones, 0xff, sizeof ones);
    gp_uuid_format_v4(out, ones);
    ck_assert_str_eq(out, "ffffffff-ffff-4fff-bfff-ffffffffffff");
    gp_uuid_format_v4(out, zeros);
    ck_assert_str_eq(out, "00000000-0000-4000-8000-000000000000");
    gp_uuid_format_v7(out, APR_INT64_C(0x017f22e279b0) * 1000, ones);
    ck_assert_str_eq(out, "017f22e2-79b0-7000-bfff-ffffffffffff");
    gp_uuid_format_v7(out, APR_INT64_C(0x017f22e279b0) * 1000 + 999, zeros);
    ck_assert_str_eq(out, "017f22e2-79b0-7ffb-8000-000000000000");
}

/* The namespace DNS of RFC 9562 section 6.6; the first name is that of its appendix A.4. */
TEST(names_have_the_ids_of_rfc_9562)
{
    static const unsigned char dns[16] = {0x6b, 0xa7, 0xb8, 0x10, 0x9d, 0xad, 0x11, 0xd1,
                                          0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8};
    static const char *const rows[][2] = {
        {"www.example.com", "2ed6657d-e927-568b-95e1-2665a8aea6a2"},
        {"python.org", "886313e1-3b8a-5372-9b90-0c9aee199e5d"},
    };
    apr_size_t i;

    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        unsigned char digest[APR_SHA1_DIGESTSIZE];
        char out[GP_UUID_SIZE];
        apr_sha1_ctx_t sha1;

        apr_sha1_init(&sha1);
        apr_sha1_update_binary(&sha1, dns, sizeof dns);
        apr_sha1_update(&sha1, rows[i][0], (unsigned)strlen(rows[i][0]));
        apr_sha1_final(digest, &sha1);
        gp_uuid_format_v5(out, digest);
        ck_assert_str_eq(out, rows[i][1]);
    }
}

TEST(the_order_of_ids_is_that_of_creation)
{
    unsigned char ones[8], zeros[8] = {0};
    apr_time_t start = APR_INT64_C(1594017252229486);
    char before[GP_UUID_SIZE], after[GP_UUID_SIZE];
    int i;

    memset(ones, 0xff, sizeof ones);
    for (i = 0; i < 5000; i++) {
        gp_uuid_format_v7(before, start + i, ones);
        gp_uuid_format_v7(after, start + i + 1, zeros);
        ck_assert_str_lt(before, after);
    }
}

UNIT_MAIN("uuid")
