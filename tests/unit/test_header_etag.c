/* SPDX-License-Identifier: Apache-2.0 */
#include "odata/header_etag.h"
#include "unit.h"

/* The tags, each followed by "|"; "*"; "-" for no header; "bad". */
static const char *etags_of(const char *value)
{
    const char *text = "";
    gp_etags etags;
    int i;

    if (!gp_header_etags(pool, value, &etags))
        return "bad";
    if (!etags.is_sent)
        return "-";
    if (etags.any)
        return "*";
    for (i = 0; i < etags.tags->nelts; i++)
        text = apr_pstrcat(pool, text, APR_ARRAY_IDX(etags.tags, i, gp_etag).position, "|", NULL);
    return text;
}

TEST(etags_are_read_as_a_list)
{
    static const struct {
        const char *value, *etags;
    } rows[] = {
        {NULL, "-"},
        {"*", "*"},
        {" * ", "*"},
        {"\"a\"", "a|"},
        {" \"a\" ", "a|"},
        {"W/\"a\"", "a|"},
        {"w/\"a\"", "a|"},
        {"\"a\", W/\"b\",\"c\"", "a|b|c|"},
        {",\"a\",, \"b\",", "a|b|"},
        {"\"a,b\"", "a,b|"},
        {"\"\"", "|"},
        {"\"a-gzip\", \"b-br\", W/\"c-zstd\"", "a|b|c|"},
        {"\"-gzip\"", "-gzip|"},
        {"\"a-gzip-br\"", "a-gzip|"},
        {"\"a-none\", \"b-full-gzip\"", "a|b|"},
        {"\"-none\", \"a-minimal\", \"a-gzip-none\"", "-none|a-minimal|a-gzip|"},
        {"", "bad"},
        {" ", "bad"},
        {",", "bad"},
        {"a", "bad"},
        {"\"a", "bad"},
        {"a\"", "bad"},
        {"\"a\" \"b\"", "bad"},
        {"\"a\"x", "bad"},
        {"W/", "bad"},
        {"W/a", "bad"},
        {"W/*", "bad"},
        {"*, \"a\"", "bad"},
        {"\"a\", *", "bad"},
        {"**", "bad"},
        {"'a'", "bad"},
    };
    apr_size_t i;

    for (i = 0; i < COUNT(rows); i++)
        ck_assert_msg(strcmp(etags_of(rows[i].value), rows[i].etags) == 0, "%s is %s",
                      rows[i].value, etags_of(rows[i].value));
}

TEST(etags_match_what_exists)
{
    gp_etags etags;

    ck_assert(gp_header_etags(pool, "\"a\", W/\"b-gzip\"", &etags));
    ck_assert(gp_etags_match(&etags, "a"));
    ck_assert(gp_etags_match(&etags, "b"));
    ck_assert(!gp_etags_match(&etags, "c"));
    ck_assert(!gp_etags_match(&etags, "A"));
    ck_assert(gp_header_etags(pool, "*", &etags));
    ck_assert(gp_etags_match(&etags, "c"));
    ck_assert(gp_header_etags(pool, NULL, &etags));
    ck_assert(!gp_etags_match(&etags, "c"));
}

static const char *found(const char *value, gp_metadata_level level)
{
    const gp_etag *tag;
    gp_etags etags;

    ck_assert(gp_header_etags(pool, value, &etags));
    tag = gp_etags_find(pool, &etags, "a", level);
    if (tag != NULL)
        ck_assert_int_eq(tag->is_coded, strchr(tag->sent, '-') != NULL && level == 0);
    return tag ? tag->sent : "-";
}

/* The tag of one representation does not match another representation; compression makes no
 * difference. */
TEST(etags_distinguish_representations)
{
    ck_assert_str_eq(found("\"a\"", GP_METADATA_MINIMAL), "\"a\"");
    ck_assert_str_eq(found("\"b\", W/\"a-gzip\" ", GP_METADATA_MINIMAL), "W/\"a-gzip\"");
    ck_assert_str_eq(found("\"a\"", GP_METADATA_NONE), "-");
    ck_assert_str_eq(found("\"a-none\"", GP_METADATA_MINIMAL), "-");
    ck_assert_str_eq(found("\"a-none\"", GP_METADATA_NONE), "\"a-none\"");
    ck_assert_str_eq(found("\"a-full\", \"a\"", GP_METADATA_FULL), "\"a-full\"");
    ck_assert_str_eq(found("*", GP_METADATA_FULL), "\"a-full\"");
    ck_assert_str_eq(found(NULL, GP_METADATA_FULL), "-");
}

/* Each header ends at the end of its memory, so that sanitizers detect a read beyond it. */
TEST(truncated_etags_are_not_read_past_their_end)
{
    static const char *const whole[] = {
        "\"a-gzip\", W/\"b\"",
    };
    apr_size_t row, length;

    for (row = 0; row < COUNT(whole); row++) {
        for (length = 0; length <= strlen(whole[row]); length++) {
            char *text = tight_copy(whole[row], length);

            etags_of(text);
            free(text);
        }
    }
}

UNIT_MAIN("header_etag")
