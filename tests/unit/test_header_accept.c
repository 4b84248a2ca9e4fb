/* SPDX-License-Identifier: Apache-2.0 */
#include "odata/header_accept.h"
#include "unit.h"

#define ALL (GP_OFFER_XML | GP_OFFER_JSON)

/* "json minimal" and the like; "-" if nothing offered is acceptable. */
static const char *accepted(const char *value, unsigned offered)
{
    static const char *const levels[] = {"minimal", "none", "full"};
    gp_accepted found;

    if (!gp_header_accept(value, offered, &found))
        return "-";
    if (found.media == GP_OFFER_XML)
        return "xml";
    if (found.media == GP_OFFER_TEXT)
        return "text";
    return apr_pstrcat(pool, "json ", levels[found.level], found.ieee754 ? " ieee754" : "", NULL);
}

TEST(accept_chooses_an_offered_format)
{
    static const struct {
        const char *value;
        unsigned offered;
        const char *accepted;
    } rows[] = {
        {NULL, GP_OFFER_JSON, "json minimal"},
        {"", GP_OFFER_JSON, "json minimal"},
        {" , ,", GP_OFFER_JSON, "json minimal"},
        {"*/*", GP_OFFER_JSON, "json minimal"},
        {"*/*", GP_OFFER_TEXT, "text"},
        {NULL, ALL, "xml"},
        {"*/*", ALL, "xml"},
        {"application/json", ALL, "json minimal"},
        {"APPLICATION/JSON", ALL, "json minimal"},
        {"application/xml", ALL, "xml"},
        {"application/*", ALL, "xml"},
        {"application/*", GP_OFFER_JSON, "json minimal"},
        {"application/*", GP_OFFER_TEXT, "-"},
        {"text/*", GP_OFFER_TEXT, "text"},
        {"text/plain", GP_OFFER_TEXT, "text"},
        {"text/plain", GP_OFFER_JSON, "-"},
        {"text/html", ALL, "-"},
        {"text/html, */*;q=0.1", ALL, "xml"},
        {"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", GP_OFFER_JSON,
         "json minimal"},
        {"application/xml;q=0.5, application/json", ALL, "json minimal"},
        {"application/json;q=0.5, application/xml", ALL, "xml"},
        {"application/json;q=0.5, application/xml;q=0.500", ALL, "json minimal"},
        {"*/*, application/json", ALL, "json minimal"},
        {"application/json;q=0", GP_OFFER_JSON, "-"},
        {"application/json;q=0.000, */*", GP_OFFER_JSON, "-"},
        {"application/xml;q=0, */*", ALL, "json minimal"},
        {"*/*, application/xml;q=0", ALL, "json minimal"},
        {"application/xml;q=0.2, */*;q=0.9", ALL, "json minimal"},
        {"application/json;q=0.2, */*;q=0.9", GP_OFFER_JSON, "json minimal"},
        {"application/*;q=0, */*", GP_OFFER_JSON, "-"},
        {"*/*, application/*;q=0", ALL, "-"},
        {"*/*, application/*;q=0", ALL | GP_OFFER_TEXT, "text"},
        {"application/*;q=0, application/json;q=0.1", ALL, "json minimal"},
        {"*/*;q=0, application/*;q=0.1, application/xml;q=0", ALL | GP_OFFER_TEXT, "json minimal"},
        {"text/*, application/json;q=0.9", ALL | GP_OFFER_TEXT, "text"},
        {"*/*;q=0.1, */*;q=0.5, application/xml;q=0.3", ALL, "json minimal"},
        {"*/*, application/json;odata.metadata=none", ALL, "json none"},
        {"application/json;odata.metadata=none;q=0.1, */*", GP_OFFER_JSON, "json none"},
        {"*/*;q=0", GP_OFFER_JSON, "-"},
        {"application/json ; q = 0.3", GP_OFFER_JSON, "json minimal"},
        {"application/json;q=nan, application/xml;q=0.9", ALL, "json minimal"},
        {"application/json;q=0x0", GP_OFFER_JSON, "json minimal"},
        {"application/json;q=7", GP_OFFER_JSON, "json minimal"},
        {"application/json;q=", GP_OFFER_JSON, "json minimal"},
        {"application/json;odata.metadata=none", GP_OFFER_JSON, "json none"},
        {"application/json;odata.metadata=full", GP_OFFER_JSON, "json full"},
        {"application/json;odata.metadata=minimal", GP_OFFER_JSON, "json minimal"},
        {"application/json;metadata=full", GP_OFFER_JSON, "json full"},
        {"application/json;ODATA.METADATA=NONE", GP_OFFER_JSON, "json none"},
        {"application/json;odata.metadata=\"none\"", GP_OFFER_JSON, "json none"},
        {"application/json;odata.metadata=all", GP_OFFER_JSON, "-"},
        {"application/json;odata=verbose", GP_OFFER_JSON, "-"},
        {"application/json;odata=verbose, application/json;q=0.5", GP_OFFER_JSON, "json minimal"},
        {"application/json;odata.metadata=full;q=0.1,application/json;odata.metadata=none",
         GP_OFFER_JSON, "json none"},
        {"application/json;odata.metadata=none,application/json;odata.metadata=full;q=0.1",
         GP_OFFER_JSON, "json none"},
        {"application/json;odata.metadata=full,application/json;odata.metadata=none", GP_OFFER_JSON,
         "json full"},
        {"application/json;odata.metadata=full;q=0, application/json", GP_OFFER_JSON,
         "json minimal"},
        {"application/json;odata.metadata=full;q=0, */*", GP_OFFER_JSON, "json minimal"},
        {"application/json;odata.metadata=full;q=0", GP_OFFER_JSON, "-"},
        {"application/json;odata.metadata=all;q=0, */*", GP_OFFER_JSON, "json minimal"},
        {"application/json;odata=verbose, */*;q=0.1", ALL, "xml"},
        {"application/json;odata.streaming=true;IEEE754Compatible=false;charset=utf-8",
         GP_OFFER_JSON, "json minimal"},
        {"application/json;x=\"a,text/html\";odata.metadata=none", GP_OFFER_JSON, "-"},
        {"application/json;x=\"a,*/*\", application/json;odata.metadata=none", GP_OFFER_JSON,
         "json none"},
        {"application/json;IEEE754Compatible=true", GP_OFFER_JSON, "json minimal ieee754"},
        {"application/json;ieee754compatible=TRUE", GP_OFFER_JSON, "json minimal ieee754"},
        {"application/json;odata.metadata=none;IEEE754Compatible=\"true\"", GP_OFFER_JSON,
         "json none ieee754"},
        {"application/json;IEEE754Compatible=1", GP_OFFER_JSON, "-"},
        {"application/json;IEEE754Compatible", GP_OFFER_JSON, "-"},
        {"application/json;IEEE754Compatible=true;q=0, application/json", GP_OFFER_JSON,
         "json minimal"},
        {"application/json;IEEE754Compatible=true;q=0.5, application/json;q=0.4", GP_OFFER_JSON,
         "json minimal ieee754"},
        {"application/json;ExponentialDecimals=true;streaming=false", GP_OFFER_JSON,
         "json minimal"},
        {"application/json;ExponentialDecimals=maybe", GP_OFFER_JSON, "-"},
        {"application/json;odata.streaming=x", GP_OFFER_JSON, "-"},
        {"application/json;streaming", GP_OFFER_JSON, "-"},
        {"application/json;nonsense=1", GP_OFFER_JSON, "-"},
        {"application/json;nonsense", GP_OFFER_JSON, "-"},
        {"application/json;nonsense=1, application/json;q=0.1", GP_OFFER_JSON, "json minimal"},
        {"application/json;q=0.9;nonsense=1", GP_OFFER_JSON, "-"},
        {"application/json;nonsense=1;q=0, */*", GP_OFFER_JSON, "json minimal"},
        {"application/json;nonsense=1, */*;q=0.1", ALL, "xml"},
        {"*/*;nonsense=1", ALL, "-"},
        {"application/xml;nonsense=1, application/json", ALL, "json minimal"},
        {"text/plain;charset=utf-8", GP_OFFER_TEXT, "text"},
        {"text/plain;charset=latin1", GP_OFFER_TEXT, "-"},
        {"application/json;charset=\"UTF-8\"", GP_OFFER_JSON, "json minimal"},
        {"application/json;charset=utf8", GP_OFFER_JSON, "json minimal"},
        {"application/json;charset=utf-16", GP_OFFER_JSON, "-"},
        {"application/json;", GP_OFFER_JSON, "json minimal"},
        {"application/json;;q=0.5", GP_OFFER_JSON, "json minimal"},
        {"json", GP_OFFER_JSON, "-"},
        {"application", GP_OFFER_JSON, "-"},
        {"/", GP_OFFER_JSON, "-"},
        {"*", GP_OFFER_JSON, "-"},
        {"\xff", GP_OFFER_JSON, "-"},
    };
    apr_size_t i;

    for (i = 0; i < COUNT(rows); i++)
        ck_assert_msg(strcmp(accepted(rows[i].value, rows[i].offered), rows[i].accepted) == 0,
                      "%s is %s", rows[i].value, accepted(rows[i].value, rows[i].offered));
}

/* In linear time: the test would notice the square of this length. */
TEST(many_ranges_take_linear_time)
{
    static const char range[] = "*/*, ";
    const apr_size_t times = 100000, length = strlen(range);
    char *text = apr_palloc(pool, times * length + sizeof "application/json;q=0");
    apr_size_t i;

    for (i = 0; i < times; i++)
        memcpy(text + i * length, range, length);
    memcpy(text + times * length, "application/json;q=0", sizeof "application/json;q=0");
    ck_assert_str_eq(accepted(text, GP_OFFER_JSON), "-");
    ck_assert_str_eq(accepted(text, ALL), "xml");
}

/* Each header ends at the end of its memory, so that sanitizers detect a read beyond it. */
TEST(truncated_media_ranges_are_not_read_past_their_end)
{
    static const char *const whole[] = {
        "application/json;odata.metadata=\"no\\ne\";q=0.5, text/*",
    };
    apr_size_t row, length;

    for (row = 0; row < COUNT(whole); row++) {
        for (length = 0; length <= strlen(whole[row]); length++) {
            char *text = tight_copy(whole[row], length);

            accepted(text, ALL);
            free(text);
        }
    }
}

TEST(multipart_mixed)
{
    gp_accepted found;

    ck_assert(gp_header_accept(NULL, GP_OFFER_MULTIPART, &found));
    ck_assert_int_eq(found.media, GP_OFFER_MULTIPART);
    ck_assert(gp_header_accept("multipart/mixed", GP_OFFER_MULTIPART, &found));
    ck_assert(gp_header_accept("text/html, Multipart/*;q=0.1", GP_OFFER_MULTIPART, &found));
    ck_assert(!gp_header_accept("multipart/form-data", GP_OFFER_MULTIPART, &found));
    ck_assert(!gp_header_accept("application/json", GP_OFFER_MULTIPART, &found));
    ck_assert(!gp_header_accept("*/*, multipart/mixed;q=0", GP_OFFER_MULTIPART, &found));
    ck_assert(!gp_header_accept("multipart/mixed", ALL | GP_OFFER_TEXT, &found));
}

UNIT_MAIN("header_accept")
