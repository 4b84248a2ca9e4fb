/* SPDX-License-Identifier: Apache-2.0 */
#include "odata/accept.h"
#include "odata/header.h"
#include "unit.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

TEST(json_is_taken_with_any_parameters)
{
    static const char *const json[] = {
        "application/json",
        "Application/JSON",
        "APPLICATION/JSON; CHARSET=UTF-8",
        " application/json",
        "\tapplication/json\t ",
        "application/json;charset=utf-8",
        "application/json; charset=utf-8",
        "application/json ; charset=utf-8 ",
        "application/json;charset=UTF-8",
        "application/json; charset=\"utf-8\"",
        "application/json; charset=\"UTF-8\"",
        "application/json; charset=us-ascii",
        "application/json;odata.metadata=minimal",
        "application/json;odata.metadata=minimal;odata.streaming=true;charset=utf-8",
        "application/json;IEEE754Compatible=false",
        "application/json; odata=verbose; charset=utf-8",
        "application/json; x=\"a;charset=latin1\"; charset=utf-8",
        "application/json; x=\"a\\\";charset=latin1\"",
        "application/json; x=\"\"",
        "application/json;",
        "application/json; ",
        "application/json;;charset=utf-8",
        "application/json; mycharset=latin1",
        "application/json; charsets=latin1",
    };
    apr_size_t i;

    for (i = 0; i < COUNT(json); i++)
        ck_assert_msg(gp_header_content_type(json[i]) == GP_MEDIA_JSON, "%s", json[i]);
}

TEST(other_charsets_are_told)
{
    static const char *const other[] = {
        "application/json; charset=iso-8859-1",
        "application/json; charset=utf-16",
        "application/json; charset=UTF-16LE",
        "application/json;charset=utf-32",
        "application/json; charset=\"latin1\"",
        "application/json; odata.metadata=full; charset=windows-1252",
        "application/json; charset=utf-8; charset=utf-16",
        "application/json; charset=utf-88",
        "application/json; charset=utf",
    };
    apr_size_t i;

    for (i = 0; i < COUNT(other); i++)
        ck_assert_msg(gp_header_content_type(other[i]) == GP_MEDIA_OTHER_CHARSET, "%s", other[i]);
}

TEST(other_media_types_are_told)
{
    static const char *const other[] = {
        "",
        " ",
        ";",
        "/",
        "json",
        "application",
        "application/",
        "/json",
        "application/jso",
        "application/jsonx",
        "application/json5",
        "application/json-patch+json",
        "application/merge-patch+json",
        "application/problem+json",
        "application/ld+json",
        "applicatio/json",
        "xapplication/json",
        "text/json",
        "text/plain",
        "text/plain; charset=utf-8",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded",
        "application/*",
        "*/*",
        "application /json",
        "application/ json",
        "application/json/",
        "application/json application/json",
        "application/json, application/json",
        "application/json, text/plain",
        "application/json x",
        "application/json; a=b c",
        "application/json; a=\"b\"c",
        "application/json = utf-8",
        "\"application/json\"",
        "\xff",
        "application/json\xff",
        "application/json; \xff",
        "application/json; charset=utf-8\xff",
        "application/json; (comment)",
    };
    apr_size_t i;

    ck_assert_int_eq(gp_header_content_type(NULL), GP_MEDIA_MISSING);
    for (i = 0; i < COUNT(other); i++)
        ck_assert_msg(gp_header_content_type(other[i]) == GP_MEDIA_OTHER, "%s", other[i]);
}

static const char *returns(const char *value)
{
    switch (gp_header_prefer(value).returns) {
    case GP_RETURN_MINIMAL:
        return "minimal";
    case GP_RETURN_REPRESENTATION:
        return "representation";
    default:
        return "unsaid";
    }
}

static const struct {
    const char *value, *returns;
} preferences[] = {
    {"return=minimal", "minimal"},
    {"return=representation", "representation"},
    {"RETURN=minimal", "minimal"},
    {"Return=representation", "representation"},
    {"return=\"minimal\"", "minimal"},
    {"return = minimal", "minimal"},
    {"return\t=\t\"representation\" ", "representation"},
    {" return=minimal ", "minimal"},
    {",,return=minimal,,", "minimal"},
    {" , , return=minimal", "minimal"},
    {"return=minimal; foo=bar", "minimal"},
    {"return=minimal;foo=\"a,b\"", "minimal"},
    {"respond-async, return=minimal", "minimal"},
    {"respond-async,return=minimal", "minimal"},
    {"return=minimal, respond-async", "minimal"},
    {"respond-async, wait=100, handling=lenient, return=representation", "representation"},
    {"odata.maxpagesize=10, return=minimal, odata.track-changes", "minimal"},
    {"odata.include-annotations=\"*\", return=minimal", "minimal"},
    {"include-unknown-enum-members,return=representation", "representation"},
    {"outlook.timezone=\"Pacific Standard Time\", return=minimal", "minimal"},
    {"a=\"x, return=representation\", return=minimal", "minimal"},
    {"a=\"x\\\", return=representation\", return=minimal", "minimal"},
    {"a; b=\"x, return=representation, y\"; c, return=minimal", "minimal"},
    {"a; b = \"x,y\" ; c=d , return=minimal", "minimal"},
    {"a;;;, return=minimal", "minimal"},
    {"a; b, return=minimal", "minimal"},
    {"a=, return=minimal", "minimal"},
    {"a=\"\", return=minimal", "minimal"},
    {"=x, return=minimal", "minimal"},
    {"(), return=minimal", "minimal"},
    {"a b c, return=minimal", "minimal"},
    {"\xff, return=minimal", "minimal"},
    {"a=\"x, return=minimal", "unsaid"},
    {"a=\"x, return=minimal\"", "unsaid"},
    {"a; b=\"x, return=minimal\"", "unsaid"},
    {"", "unsaid"},
    {" ", "unsaid"},
    {",", "unsaid"},
    {"return", "unsaid"},
    {"return=", "unsaid"},
    {"return=\"\"", "unsaid"},
    {"return=nothing", "unsaid"},
    {"return=minimalist", "unsaid"},
    {"return=mini", "unsaid"},
    {"return minimal", "unsaid"},
    {"returns=minimal", "unsaid"},
    {"retur=minimal", "unsaid"},
    {"return-minimal", "unsaid"},
    {"minimal", "unsaid"},
    {"minimal=return", "unsaid"},
    {"x; return=minimal", "unsaid"},
    {"x=y;return=minimal", "unsaid"},
    {"odata.return=minimal", "unsaid"},
};

TEST(prefer_says_what_to_return)
{
    apr_size_t i;

    ck_assert_str_eq(returns(NULL), "unsaid");
    for (i = 0; i < COUNT(preferences); i++)
        ck_assert_msg(strcmp(returns(preferences[i].value), preferences[i].returns) == 0,
                      "%s is %s", preferences[i].value, returns(preferences[i].value));
}

TEST(the_first_of_two_preferences_counts)
{
    ck_assert_str_eq(returns("return=minimal, return=representation"), "minimal");
    ck_assert_str_eq(returns("return=representation, return=minimal"), "representation");
    ck_assert_str_eq(returns("return=minimal, return=minimal"), "minimal");
    ck_assert_str_eq(returns("return=representation, x, RETURN=minimal"), "representation");
    /* Also where it says nothing that is known (RFC 7240 section 2). */
    ck_assert_str_eq(returns("return=nothing, return=minimal"), "unsaid");
    ck_assert_str_eq(returns("return, return=minimal"), "unsaid");
}

TEST(prefer_says_how_large_a_page_may_be)
{
    static const struct {
        const char *value;
        int size;
    } rows[] = {
        {NULL, 0},
        {"", 0},
        {"odata.maxpagesize=10", 10},
        {"maxpagesize=10", 10},
        {"OData.MaxPageSize = \"10\"", 10},
        {"return=minimal, odata.maxpagesize=10;x=5, respond-async", 10},
        {"odata.maxpagesize=1", 1},
        {"odata.maxpagesize=0010", 10},
        {"odata.maxpagesize=10, odata.maxpagesize=20", 10},
        {"odata.maxpagesize=x, maxpagesize=20", 20},
        {"maxpagesize=x, odata.maxpagesize=20", 20},
        {"odata.maxpagesize=10, maxpagesize=20", 20},
        {"maxpagesize=20, odata.maxpagesize=10", 20},
        {"maxpagesize=20, maxpagesize=10", 20},
        {"maxpagesize=x, maxpagesize=20", 0},
        {"odata.maxpagesize", 0},
        {"odata.maxpagesize=", 0},
        {"odata.maxpagesize=0", 0},
        {"odata.maxpagesize=-5", 0},
        {"odata.maxpagesize=5.0", 0},
        {"odata.maxpagesize=5x", 0},
        {"odata.maxpagesize=\"5", 5},
        {"odata.maxpagesizes=5", 0},
        {"maxpagesize.odata=5", 0},
        {"x; odata.maxpagesize=5", 0},
        {"x=\"odata.maxpagesize=5\"", 0},
    };
    apr_size_t i;

    for (i = 0; i < COUNT(rows); i++)
        ck_assert_msg(gp_header_prefer(rows[i].value).page_size == rows[i].size, "%s is %d",
                      rows[i].value, gp_header_prefer(rows[i].value).page_size);
    /* As large as it may be, and no overflow, where it is larger. */
    ck_assert_int_eq(gp_header_prefer("odata.maxpagesize=100000000").page_size, 100000000);
    ck_assert_int_gt(gp_header_prefer("odata.maxpagesize=99999999999999").page_size, 100000000);
}

/* ---- Accept ---- */

#define ALL (GP_OFFER_XML | GP_OFFER_JSON)

/* "json minimal" and the like; "-" where nothing of what is offered will do. */
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

TEST(accept_chooses_among_what_is_offered)
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

TEST(versions_are_compared_by_number)
{
    static const struct {
        const char *value;
        int version;
    } rows[] = {
        {"4.0", 400},
        {"4.01", 401},
        {"4", 400},
        {"4.1", 410},
        {"4.010", 401},
        {"3.0", 300},
        {"10.0", 1000},
        {"0", 0},
        {"4.019", 401},
        {"", -1},
        {".", -1},
        {"4.", -1},
        {".5", -1},
        {"4.0.1", -1},
        {" 4.0", -1},
        {"4.0 ", -1},
        {"+4.0", -1},
        {"-4.0", -1},
        {"4e0", -1},
        {"0x4", -1},
        {"inf", -1},
        {"nan", -1},
        {"4,0", -1},
        {"4.0, 4.0", -1},
        {"4.0;x", -1},
        {"4.x", -1},
        {"x", -1},
        {"999999", 99999900},
        {"99999999999999999999", -1},
    };
    apr_size_t i;

    for (i = 0; i < COUNT(rows); i++)
        ck_assert_msg(gp_header_version(rows[i].value) == rows[i].version, "%s is %d",
                      rows[i].value, gp_header_version(rows[i].value));
}

/* In the time of one reading: the square of this length would be noticed. */
TEST(many_ranges_are_weighed_at_once)
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

/* ---- entity tags ---- */

/* The tags with a "|" behind each, "*", "-" for no header, "bad". */
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

/* What one representation is known by is no tag of another; compression makes no difference. */
TEST(representations_are_told_apart)
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

/* What one or more forwarded headers tell: "scheme host port prefix", "-" where nothing is told. */
static const char *forwarded(const char *name, const char *value, gp_address *origin)
{
    const gp_forwarded *header = gp_forwarded_headers;

    while (strcmp(header->name, name) != 0)
        header++;
    if (!gp_header_forwarded(pool, header, value, origin))
        return "refused";
    return apr_psprintf(pool, "%s %s %d %s", origin->scheme ? origin->scheme : "-",
                        origin->host ? origin->host : "-", origin->port,
                        origin->prefix ? origin->prefix : "-");
}

#define LONG_LABEL "a23456789.b23456789.c23456789.d23456789.e23456789."

static const struct {
    const char *name, *value, *told;
} forwards[] = {
    {"X-Forwarded-Proto", "https", "https - 0 -"},
    {"X-Forwarded-Proto", "HTTP", "http - 0 -"},
    {"X-Forwarded-Proto", "", "refused"},
    {"X-Forwarded-Proto", "ftp", "refused"},
    {"X-Forwarded-Proto", "https,http", "refused"},
    {"X-Forwarded-Proto", "https ", "refused"},
    {"X-Forwarded-Host", "api.example.com", "- api.example.com 0 -"},
    {"X-Forwarded-Host", "API.Example.COM:8443", "- api.example.com 8443 -"},
    {"X-Forwarded-Host", "my_host-1", "- my_host-1 0 -"},
    {"X-Forwarded-Host", "192.0.2.1:1", "- 192.0.2.1 1 -"},
    {"X-Forwarded-Host", "[2001:DB8::1]", "- [2001:db8::1] 0 -"},
    {"X-Forwarded-Host", "[::ffff:192.0.2.1]:65535", "- [::ffff:192.0.2.1] 65535 -"},
    {"X-Forwarded-Host", "", "refused"},
    {"X-Forwarded-Host", ":80", "refused"},
    {"X-Forwarded-Host", "a:", "refused"},
    {"X-Forwarded-Host", "a:0", "refused"},
    {"X-Forwarded-Host", "a:65536", "refused"},
    {"X-Forwarded-Host", "a:080808", "refused"},
    {"X-Forwarded-Host", "a:+80", "refused"},
    {"X-Forwarded-Host", "a:8a", "refused"},
    {"X-Forwarded-Host", "a:80:80", "refused"},
    {"X-Forwarded-Host", "a, b", "refused"},
    {"X-Forwarded-Host", "a b", "refused"},
    {"X-Forwarded-Host", "user@a", "refused"},
    {"X-Forwarded-Host", "a/b", "refused"},
    {"X-Forwarded-Host", "a?b", "refused"},
    {"X-Forwarded-Host", "a#b", "refused"},
    {"X-Forwarded-Host", "a\\b", "refused"},
    {"X-Forwarded-Host", "a\"b", "refused"},
    {"X-Forwarded-Host", "a%41", "refused"},
    {"X-Forwarded-Host", "\xc3\xa4.example", "refused"},
    {"X-Forwarded-Host", "a\tb", "refused"},
    {"X-Forwarded-Host", "2001:db8::1", "refused"},
    {"X-Forwarded-Host", "[2001:db8::1", "refused"},
    {"X-Forwarded-Host", "[]", "refused"},
    {"X-Forwarded-Host", "[", "refused"},
    {"X-Forwarded-Host", "]", "refused"},
    {"X-Forwarded-Host", "[1::2::3]", "refused"},
    {"X-Forwarded-Host", "[fe80::1%25eth0]", "refused"},
    {"X-Forwarded-Host", "[v1.a]", "refused"},
    {"X-Forwarded-Host", "[::1]a", "refused"},
    {"X-Forwarded-Host", "[a.example]", "refused"},
    {"X-Forwarded-Host", "[1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa]", "refused"},
    {"X-Forwarded-Host", LONG_LABEL LONG_LABEL LONG_LABEL LONG_LABEL LONG_LABEL "abc",
     "- " LONG_LABEL LONG_LABEL LONG_LABEL LONG_LABEL LONG_LABEL "abc 0 -"},
    {"X-Forwarded-Host", LONG_LABEL LONG_LABEL LONG_LABEL LONG_LABEL LONG_LABEL "abcd", "refused"},
    {"X-Forwarded-Port", "443", "- - 443 -"},
    {"X-Forwarded-Port", "65535", "- - 65535 -"},
    {"X-Forwarded-Port", "65536", "refused"},
    {"X-Forwarded-Port", "0", "refused"},
    {"X-Forwarded-Port", "", "refused"},
    {"X-Forwarded-Port", "80,443", "refused"},
    {"X-Forwarded-Port", "-1", "refused"},
    {"X-Forwarded-Prefix", "/graph", "- - 0 /graph"},
    {"X-Forwarded-Prefix", "/a/b-c_d.e/", "- - 0 /a/b-c_d.e"},
    {"X-Forwarded-Prefix", "/", "- - 0 "},
    {"X-Forwarded-Prefix", "", "refused"},
    {"X-Forwarded-Prefix", "graph", "refused"},
    {"X-Forwarded-Prefix", "//evil.example", "refused"},
    {"X-Forwarded-Prefix", "/a/../b", "refused"},
    {"X-Forwarded-Prefix", "/a/./b", "refused"},
    {"X-Forwarded-Prefix", "/a%2fb", "refused"},
    {"X-Forwarded-Prefix", "/a?b", "refused"},
    {"X-Forwarded-Prefix", "/a\"b", "refused"},
    {"X-Forwarded-Prefix", "/a, /b", "refused"},
    {"Forwarded", "proto=https;host=api.example.com", "https api.example.com 0 -"},
    {"Forwarded", "for=192.0.2.1; Host=\"API.example.com:8443\"; PROTO=HTTPS;by=_x",
     "https api.example.com 8443 -"},
    {"Forwarded", "host=\"[::1]:80\"", "- [::1] 80 -"},
    {"Forwarded", "for=\"[2001:db8::1]:4711\"", "- - 0 -"},
    {"Forwarded", "for=192.0.2.1, for=192.0.2.2;host=a", "refused"},
    {"Forwarded", "host=a,", "refused"},
    {"Forwarded", "host=a;host=a", "refused"},
    {"Forwarded", "proto=http;proto=https", "refused"},
    {"Forwarded", "host=a:80", "refused"},
    {"Forwarded", "host=\"a", "refused"},
    {"Forwarded", "host=\"", "refused"},
    {"Forwarded", "host=\"a\\.b\"", "refused"},
    {"Forwarded", "host=a b", "refused"},
    {"Forwarded", "host", "refused"},
    {"Forwarded", "host=", "refused"},
    {"Forwarded", "", "refused"},
    {"Forwarded", ";", "refused"},
    {"Forwarded", "proto=gopher", "refused"},
};

TEST(forwarded_headers_tell_one_thing_or_nothing)
{
    apr_size_t i;

    for (i = 0; i < COUNT(forwards); i++) {
        gp_address origin = {NULL, NULL, 0, NULL};
        const char *told = forwarded(forwards[i].name, forwards[i].value, &origin);

        ck_assert_msg(strcmp(told, forwards[i].told) == 0, "%s: %s: %s", forwards[i].name,
                      forwards[i].value, told);
    }
}

TEST(a_forwarded_port_replaces_that_of_the_host)
{
    gp_address origin = {NULL, NULL, 0, NULL};

    ck_assert_str_eq(forwarded("X-Forwarded-Host", "a:8080", &origin), "- a 8080 -");
    ck_assert_str_eq(forwarded("X-Forwarded-Port", "8443", &origin), "- a 8443 -");
}

TEST(a_forwarded_host_is_as_long_as_a_name_in_the_dns_may_be)
{
    int length;

    for (length = 252; length <= 254; length++) {
        gp_address origin = {NULL, NULL, 0, NULL};
        char host[255];

        memset(host, 'a', sizeof host);
        host[length] = '\0';
        forwarded("X-Forwarded-Host", host, &origin);
        ck_assert_int_eq(origin.host != NULL, length <= 253);
    }
}

/* No text makes it read too far: each is at the very end of its memory (for the sanitizers). */
TEST(headers_that_end_anywhere_are_read_to_their_end)
{
    static const char *const whole[] = {
        "application/json; charset=\"utf\\-8\"; a=b",
        "return=\"mini\\mal\"; a = \"b\\\"c\" , respond-async; wait=10",
        "application/json;odata.metadata=\"no\\ne\";q=0.5, text/*",
        "\"a-gzip\", W/\"b\"",
        "for=\"[::1]\";host=\"[2001:db8::1]:8443\"; proto=https",
        "[2001:db8::1]:8443",
    };
    const gp_forwarded *header;
    apr_size_t row, length;

    for (row = 0; row < COUNT(whole); row++) {
        for (length = 0; length <= strlen(whole[row]); length++) {
            char *text = malloc(length + 1);

            memcpy(text, whole[row], length);
            text[length] = '\0';
            ck_assert_int_ne(gp_header_content_type(text), GP_MEDIA_MISSING);
            ck_assert_int_ne(gp_header_prefer(text).returns, GP_RETURN_REPRESENTATION);
            accepted(text, ALL);
            etags_of(text);
            for (header = gp_forwarded_headers; header->name != NULL; header++) {
                gp_address origin = {NULL, NULL, 0, NULL};

                forwarded(header->name, text, &origin);
            }
            free(text);
        }
    }
}

UNIT_MAIN("header")
