/* SPDX-License-Identifier: Apache-2.0 */
#include "odata/batch_multipart.h"
#include "base/limits.h"
#include "odata/header_content_type.h"
#include "unit.h"

#define MOST 3

static gp_batch_body body;
static gp_problem problem;

#define HTTP "Content-Type: application/http\n"
#define GET  "GET x HTTP/1.1\n"

static bool read_batch(const char *text)
{
    apr_size_t length = strlen(text);
    static char *sent; /* the requests point into it */

    free(sent);
    sent = tight_copy(text, length);
    gp_problem_open(&problem, pool);
    return gp_batch_multipart_read(pool, sent, length, "b", MOST, &body, &problem);
}

static const gp_batch_item *item_of(const char *request)
{
    const char *text = apr_pstrcat(pool, "--b\n" HTTP "\n", request, "--b--", NULL);

    ck_assert_msg(read_batch(text), "%s: %s", text, problem.message);
    ck_assert_int_eq(body.count, 1);
    return &body.items[0];
}

TEST(a_request_is_read)
{
    const gp_batch_item *item =
        item_of("gEt  /a b?c HTTP/1.1 \nPREFER:a\nx: b\nIf-Match:\t\"1\"\t\n , \"2\"\n\n");

    ck_assert_str_eq(item->id, "");
    ck_assert_str_eq(item->method, "GET");
    ck_assert_str_eq(item->url, "/a b?c");
    ck_assert_str_eq(item->headers[GP_ITEM_PREFER], "a");
    ck_assert_str_eq(item->headers[GP_ITEM_IF_MATCH], "\"1\"   , \"2\"");
    ck_assert_ptr_null(item->headers[GP_ITEM_ACCEPT]);
    ck_assert(item->group == NULL && !item->shares_group && !item->is_conditional
              && item->body == NULL && item->dependency_count == 0);
}

TEST(bodies_end_in_front_of_the_line_end_of_the_delimiter)
{
    static const struct {
        const char *sent, *body;
    } rows[] = {
        {"", NULL},
        {"\n", NULL},
        {"\r\n", NULL},
        {"\n\r\n\n", NULL},
        {"\n{}\n", "{}"},
        {"\n{}\r\n", "{}"},
        {"\r\n{}\r\n", "{}"},
        {"\r\n\r\n{}\r\n\r\n", "{}\r\n"},
        {"\n{\n--c\n--bb\n--b-\n}\n", "{\n--c\n--bb\n--b-\n}"},
        {"\n \n", " "},
    };
    apr_size_t i;

    for (i = 0; i < COUNT(rows); i++) {
        const char *text = apr_pstrcat(pool, "--b\n" HTTP "\n" GET, rows[i].sent, "--b--", NULL);
        const gp_batch_item *item;

        ck_assert_msg(read_batch(text), "%s: %s", text, problem.message);
        item = body.items;
        ck_assert_int_eq(item->body != NULL, rows[i].body != NULL);
        if (rows[i].body == NULL)
            continue;
        ck_assert_uint_eq(item->length, strlen(rows[i].body));
        ck_assert_mem_eq(item->body, rows[i].body, item->length);
    }
}

#define PART(set, id)                                                                              \
    "--" set "\n" HTTP "Content-ID: " id "\n\nPOST x HTTP/1.1\n\n{\"a\":\"" id "\"}\n"
#define SET(boundary) "--b\nContent-Type: multipart/mixed; boundary=" boundary "\n\n"

/* Two change sets may have one boundary. */
TEST(change_sets_are_groups)
{
    ck_assert(read_batch("x\n" SET("s") "y\n" PART("s", "1") "--s--\nz\n" SET("s")
                             PART("s", "2") "--s--\n" PART("b", "3") "--b--\nend"));
    ck_assert_int_eq(body.count, 3);
    ck_assert_str_ne(body.items[0].group, body.items[1].group);
    ck_assert_ptr_null(body.items[2].group);
    ck_assert(!body.items[0].shares_group && !body.items[1].shares_group);
    ck_assert_str_eq(body.items[2].id, "3");
    ck_assert_uint_eq(body.items[1].length, strlen("{\"a\":\"2\"}"));
    ck_assert(read_batch(SET("s") PART("s", "1") PART("s", "2") "--s--\n" PART("b", "3") "--b--"));
    ck_assert_ptr_eq(body.items[0].group, body.items[1].group);
    ck_assert(body.items[0].shares_group && body.items[1].shares_group
              && !body.items[2].shares_group);
}

/* Olingo begins each change set at Content-ID 1. */
TEST(content_ids_are_unique_in_their_change_set_or_outside_of_change_sets)
{
    ck_assert_msg(read_batch(SET("s") PART("s", "1") "--s--\n" SET("s")
                                 PART("s", "1") "--s--\n" PART("b", "1") "--b--"),
                  "%s", problem.message);
    ck_assert(!read_batch(SET("s") PART("s", "1") PART("s", "1") "--s--\n--b--"));
    ck_assert_str_eq(problem.target, "line 14");
    ck_assert(!read_batch(PART("b", "1") SET("s") PART("s", "2") "--s--\n" PART("b", "1") "--b--"));
    ck_assert_str_eq(problem.target, "line 22");
}

TEST(the_length_of_a_content_id_is_bounded)
{
    const char *id = apr_psprintf(pool, "%0*d", GP_BATCH_ID_MAX, 1);
    const char *before = "--b\n" HTTP "Content-ID: ", *behind = "\n\n" GET "\n--b--";

    ck_assert(read_batch(apr_pstrcat(pool, before, id, behind, NULL)));
    ck_assert_str_eq(body.items[0].id, id);
    ck_assert(!read_batch(apr_pstrcat(pool, before, id, "x", behind, NULL)));
    ck_assert_str_eq(problem.target, "line 4");
    ck_assert_ptr_null(strstr(problem.message, id));
}

TEST(the_number_of_requests_is_bounded)
{
    ck_assert(read_batch(PART("b", "1") PART("b", "2") "--b--"));
    ck_assert(read_batch(PART("b", "1") PART("b", "2") SET("s") PART("s", "3") "--s--\n--b--"));
    ck_assert_int_eq(body.count, MOST);
    ck_assert(!read_batch(PART("b", "1") PART("b", "2") PART("b", "3") "--b\n" HTTP "\nx"));
    ck_assert_str_eq(problem.message, GP_BATCH_INVALID "Line 24: A batch has at most 3 requests.");
    ck_assert_str_eq(problem.target, "line 24");
}

TEST(what_is_wrong_is_told_with_its_line)
{
    static const struct {
        const char *text, *target;
    } rows[] = {
        {"", "line 0"},
        {"--c--\n", "line 1"},
        {"\n\n--b--\n", "line 3"},
        {"--b\n" HTTP "\n" GET "\n", "line 5"},
        {"--b\n" HTTP "oops\n", "line 3"},
        {"--b\n" HTTP "\nGET\n\n--b--", "line 4"},
        {"--b\n" HTTP "\n" GET "Prefer: a\nprefer: a\n--b--", "line 6"},
        {"--b\n" HTTP "\n" GET "Accept: \x01\n--b--", "line 5"},
        {"--b\n" HTTP "\n" GET "DELETE http://host/x HTTP/1.1\n\n--b--", "line 5"},
        {"--b\n" HTTP "\nPOST x HTTP/1.1\n{\"isCurrent\":true}\n--b--", "line 5"},
        {"--b\n" HTTP "\n" GET " If-Match: \"1\"\n\n--b--", "line 5"},
        {"--b\n" HTTP "\n" GET "If-Match : \"1\"\n\n--b--", "line 5"},
        {"--b\n" HTTP "\n" GET "Pr\xc3\xa9"
         "fer: a\n\n--b--",
         "line 5"},
        {"--b\n " HTTP "\n" GET "\n--b--", "line 2"},
        {"--b\n" HTTP "\nGET x HTTP/x\n\n--b--", "line 4"},
        {"--b\n" HTTP "\nGET x HTTP/1.1.1\n\n--b--", "line 4"},
        {"--b\n" HTTP "\nGET x HTTP/1.\n\n--b--", "line 4"},
        {"--b\n" HTTP "\nGET x HTTP/11\n\n--b--", "line 4"},
        {"--b\nContent-Type: text/plain\n\n--b--", "line 3"},
        {PART("b", "1") PART("b", "1") "--b--", "line 11"},
        {SET("s s") PART("s", "1") "--s--\n--b--", "line 3"},
        {SET("b") PART("b", "1") "--b--\n--b--", "line 4"},
        {SET("s") SET("t") "--b--", "line 4"},
        {SET("s") PART("s", "1") "--b--", "line 11"},
        {SET("s") "--s\n" HTTP "\n" GET "\n--s--\n--b--", "line 7"},
    };
    apr_size_t i;

    for (i = 0; i < COUNT(rows); i++) {
        ck_assert_msg(!read_batch(rows[i].text), "%s", rows[i].text);
        ck_assert_int_eq(problem.error, GP_BAD_REQUEST);
        ck_assert_msg(strcmp(problem.target, rows[i].target) == 0, "%s: %s, %s", rows[i].text,
                      problem.target, problem.message);
    }
}

/* ---- Content-Type ---- */

TEST(boundaries)
{
    static const struct {
        const char *value, *boundary;
    } rows[] = {
        {"multipart/mixed; boundary=a", "a"},
        {"multipart/mixed;BOUNDARY=\"a b:'()+_,-./=?\"; charset=utf-8", "a b:'()+_,-./=?"},
        {"multipart/mixed ; x=boundary ; boundary = a", "a"},
        {"multipart/mixed", NULL},
        {"multipart/mixed;", NULL},
        {"multipart/mixed; boundary", NULL},
        {"multipart/mixed; boundary=", NULL},
        {"multipart/mixed; boundary=\"\"", NULL},
        {"multipart/mixed; boundary=\"a \"", NULL},
        {"multipart/mixed; boundary=\"a\\\"b\"", NULL},
        {"multipart/mixed; boundary=\"a", NULL},
        {"multipart/mixed; boundary=\"", NULL},
        {"multipart/mixed; boundary=a; x=\"b", NULL},
        {"multipart/mixed; boundary=a; x=\"b\"", "a"},
        {"multipart/mixed; boundary=a=b", NULL},
        {"multipart/mixed; boundary=a b", NULL},
        {"multipart/mixed; boundary=a, text/plain", NULL},
        {"multipart/mixed; boundary=a; boundary=a", NULL},
        {"multipart/mixed; boundary=a&b", NULL},
    };
    char longest[] = "multipart/mixed; boundary=" /* 70 characters follow */
                     "0123456789012345678901234567890123456789012345678901234567890123456789";
    apr_size_t i;

    for (i = 0; i < COUNT(rows); i++) {
        const char *boundary = gp_header_boundary(pool, rows[i].value);

        ck_assert_msg((boundary == NULL) == (rows[i].boundary == NULL), "%s", rows[i].value);
        if (boundary != NULL)
            ck_assert_str_eq(boundary, rows[i].boundary);
    }
    ck_assert_uint_eq(strlen(gp_header_boundary(pool, longest)), GP_BOUNDARY_MAX);
    ck_assert_ptr_null(gp_header_boundary(pool, apr_pstrcat(pool, longest, "x", NULL)));
}

TEST(media_types)
{
    ck_assert(gp_header_has_type("Multipart/MIXED", "multipart", "mixed"));
    ck_assert(gp_header_has_type(" multipart/mixed ;x", "multipart", "mixed"));
    ck_assert(!gp_header_has_type("multipart/mixedx", "multipart", "mixed"));
    ck_assert(!gp_header_has_type("multipart/mixed,x", "multipart", "mixed"));
    ck_assert(!gp_header_has_type("multipart", "multipart", "mixed"));
    ck_assert(!gp_header_has_type("application/mixed", "multipart", "mixed"));
    ck_assert(!gp_header_has_type("", "multipart", "mixed"));
    ck_assert(!gp_header_has_type(NULL, "multipart", "mixed"));
}

UNIT_MAIN("batch_multipart")
