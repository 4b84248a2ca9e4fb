/* SPDX-License-Identifier: Apache-2.0 */
#include "odata/header_prefer.h"
#include "unit.h"

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

TEST(prefer_chooses_the_returned_content)
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
    /* Also if its value is unknown (RFC 7240 section 2). */
    ck_assert_str_eq(returns("return=nothing, return=minimal"), "unsaid");
    ck_assert_str_eq(returns("return, return=minimal"), "unsaid");
}

TEST(prefer_limits_the_page_size)
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
    /* The largest possible size; a larger one must not overflow. */
    ck_assert_int_eq(gp_header_prefer("odata.maxpagesize=100000000").page_size, 100000000);
    ck_assert_int_gt(gp_header_prefer("odata.maxpagesize=99999999999999").page_size, 100000000);
}

/* Each header ends at the end of its memory, so that sanitizers detect a read beyond it. */
TEST(truncated_preferences_are_not_read_past_their_end)
{
    static const char *const whole[] = {
        "return=\"mini\\mal\"; a = \"b\\\"c\" , respond-async; wait=10",
    };
    apr_size_t row, length;

    for (row = 0; row < COUNT(whole); row++) {
        for (length = 0; length <= strlen(whole[row]); length++) {
            char *text = tight_copy(whole[row], length);

            ck_assert_int_ne(gp_header_prefer(text).returns, GP_RETURN_REPRESENTATION);
            free(text);
        }
    }
}

TEST(continue_on_error)
{
    static const struct {
        const char *value;
        gp_on_error preferred;
        const char *name; /* of the preference */
    } rows[] = {
        {NULL, GP_ON_ERROR_UNSAID, NULL},
        {"return=minimal", GP_ON_ERROR_UNSAID, NULL},
        {"continue-on-error", GP_ON_ERROR_CONTINUE, "continue-on-error"},
        {"odata.continue-on-error", GP_ON_ERROR_CONTINUE, "odata.continue-on-error"},
        {"Continue-On-Error = \"TRUE\"; x=y", GP_ON_ERROR_CONTINUE, "continue-on-error"},
        {"continue-on-error=false", GP_ON_ERROR_STOP, "continue-on-error"},
        {"return=minimal, odata.continue-on-error=False", GP_ON_ERROR_STOP,
         "odata.continue-on-error"},
        {"odata.continue-on-error=false, continue-on-error", GP_ON_ERROR_CONTINUE,
         "continue-on-error"},
        {"continue-on-error=false, odata.continue-on-error", GP_ON_ERROR_STOP, "continue-on-error"},
        {"continue-on-error=maybe", GP_ON_ERROR_UNSAID, NULL},
    };
    apr_size_t i;

    for (i = 0; i < COUNT(rows); i++) {
        gp_prefer prefer = gp_header_prefer(rows[i].value);

        ck_assert_msg(prefer.on_error == rows[i].preferred, "%s", rows[i].value);
        ck_assert_msg((prefer.error_preference == NULL) == (rows[i].name == NULL), "%s",
                      rows[i].value);
        if (rows[i].name != NULL)
            ck_assert_str_eq(prefer.error_preference, rows[i].name);
    }
}

UNIT_MAIN("header_prefer")
