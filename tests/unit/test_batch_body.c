/* SPDX-License-Identifier: Apache-2.0 */
#include "odata/batch_body.h"
#include "base/base64.h"
#include "base/limits.h"
#include "odata/batch_url.h"
#include "unit.h"

#define MOST 3

static gp_batch_body body;
static gp_problem problem;

static bool read_batch(const char *text)
{
    gp_problem_open(&problem, pool);
    return gp_batch_body_read(pool, text, strlen(text), MOST, &body, &problem);
}

/* Reads one request with the required members and these. */
static const gp_batch_item *item_with(const char *members)
{
    const char *text =
        apr_pstrcat(pool, "{\"requests\":[{\"id\":\"1\",\"method\":\"gEt\",\"url\":\"x\"",
                    *members ? "," : "", members, "}]}", NULL);

    ck_assert_msg(read_batch(text), "%s: %s", text, problem.message);
    return &body.items[0];
}

TEST(a_request_is_read)
{
    const gp_batch_item *item =
        item_with("\"headers\":{\"PREFER\":\"a\",\"x\":\"b\",\"if-match\":7}");

    ck_assert_int_eq(body.count, 1);
    ck_assert_str_eq(item->id, "1");
    ck_assert_str_eq(item->method, "GET");
    ck_assert_str_eq(item->url, "x");
    ck_assert_str_eq(item->headers[GP_ITEM_PREFER], "a");
    ck_assert_str_eq(item->headers[GP_ITEM_IF_MATCH], "7");
    ck_assert_ptr_null(item->headers[GP_ITEM_ACCEPT]);
    ck_assert(item->group == NULL && !item->is_conditional && item->body == NULL
              && item->dependency_count == 0);
}

TEST(bodies_are_passed_over)
{
    static const struct {
        const char *sent, *body;
        bool is_text;
    } rows[] = {
        {"null", NULL, false},
        {"{}", "{}", false},
        {" { \"a\" : [ {} , \"]}\" ] } ", "{ \"a\" : [ {} , \"]}\" ] }", false},
        {"[1,[2]]", "[1,[2]]", false},
        {"\"a\\u00e9\"", "a\xc3\xa9", true},
        {"\"\"", "", true},
        {"12.50e1", "12.50e1", false},
        {"true", "true", false},
        {"false", "false", false},
    };
    apr_size_t i;

    for (i = 0; i < COUNT(rows); i++) {
        const gp_batch_item *item =
            item_with(apr_pstrcat(pool, "\"body\":", rows[i].sent, ",\"x\":1", NULL));

        ck_assert_int_eq(item->body != NULL, rows[i].body != NULL);
        ck_assert_int_eq(item->body_is_text, rows[i].is_text);
        if (rows[i].body == NULL)
            continue;
        ck_assert_uint_eq(item->length, strlen(rows[i].body));
        ck_assert_mem_eq(item->body, rows[i].body, item->length);
    }
}

TEST(dependencies_are_requests_that_precede)
{
    ck_assert(read_batch(
        "{\"requests\":["
        "{\"id\":\"a\",\"method\":\"GET\",\"url\":\"x\",\"atomicityGroup\":\"g\"},"
        "{\"dependsOn\":[\"a\"],\"id\":\"b\",\"method\":\"GET\",\"url\":\"x\"},"
        "{\"id\":\"c\",\"dependsOn\":[\"b\",\"g\"],\"method\":\"GET\",\"url\":\"x\"}]}"));
    ck_assert_int_eq(body.items[1].dependency_count, 1);
    ck_assert_int_eq(body.items[1].dependencies[0], 0);
    ck_assert_int_eq(body.items[2].dependency_count, 2);
    ck_assert_int_eq(body.items[2].dependencies[0], 1);
    ck_assert_int_eq(body.items[2].dependencies[1], 0);
}

#define GROUPED(id, group)                                                                         \
    "{\"id\":\"" id "\",\"method\":\"GET\",\"url\":\"x\",\"atomicityGroup\":\"" group "\"}"
#define DEPENDENT(id, on)                                                                          \
    "{\"id\":\"" id "\",\"method\":\"GET\",\"url\":\"x\",\"dependsOn\":[\"" on "\"]}"

/* An id may equal the name of a group, whichever comes first; dependsOn names the request then. */
TEST(ids_and_groups_have_names_of_their_own)
{
    ck_assert_msg(read_batch("{\"requests\":[" GROUPED("a", "b") "," GROUPED(
                      "b", "c") "," DEPENDENT("c", "b") "]}"),
                  "%s", problem.message);
    ck_assert_int_eq(body.items[2].dependencies[0], 1);
    ck_assert(read_batch(
        "{\"requests\":[" GROUPED("a", "x") "," GROUPED("b", "a") "," DEPENDENT("c", "a") "]}"));
    ck_assert_int_eq(body.items[2].dependencies[0], 0);
    ck_assert(read_batch("{\"requests\":[" GROUPED("a", "a") "," DEPENDENT("b", "a") "]}"));
    ck_assert(read_batch(
        "{\"requests\":[" GROUPED("a", "b") "," DEPENDENT("c", "b") "," GROUPED("b", "c") "]}"));
    ck_assert_int_eq(body.items[1].dependencies[0], 0);
}

static const char *one_with(const char *id, const char *group)
{
    return apr_pstrcat(pool, "{\"requests\":[{\"method\":\"GET\",\"url\":\"x\",\"id\":\"", id,
                       "\",\"atomicityGroup\":\"", group, "\"}]}", NULL);
}

/* The answer repeats ids and groups. */
TEST(the_lengths_of_ids_and_groups_are_bounded)
{
    const char *most = apr_psprintf(pool, "%0*d", GP_BATCH_ID_MAX, 1);
    const char *more = apr_pstrcat(pool, most, "x", NULL);

    ck_assert(read_batch(one_with(most, most)));
    ck_assert_str_eq(body.items[0].id, most);
    ck_assert(!read_batch(one_with(more, most)));
    ck_assert_str_eq(problem.target, "$.requests[0].id");
    ck_assert_ptr_null(strstr(problem.message, most));
    ck_assert(!read_batch(one_with(most, more)));
    ck_assert_str_eq(problem.target, "$.requests[0].atomicityGroup");
    ck_assert_ptr_null(strstr(problem.message, most));
}

/* A longer name is omitted. */
TEST(names_that_occur_twice_are_shown_up_to_a_length)
{
    const char *name = apr_psprintf(pool, "%0*d", GP_NAME_MESSAGE_MAX, 1);

    ck_assert(!read_batch(apr_pstrcat(pool, "{\"", name, "\":1,\"", name, "\":1}", NULL)));
    ck_assert_ptr_nonnull(strstr(problem.message, name));
    ck_assert(!read_batch(apr_pstrcat(pool, "{\"", name, "x\":1,\"", name, "x\":1}", NULL)));
    ck_assert_ptr_null(strstr(problem.message, name));
    ck_assert_ptr_nonnull(strstr(problem.message, "occurs twice"));
}

TEST(conditions_are_told)
{
    ck_assert(item_with("\"if\":\"$1/$succeeded\"")->is_conditional);
    ck_assert(item_with("\"if\":{\"a\":1}")->is_conditional);
    ck_assert(!item_with("\"if\":null")->is_conditional);
}

/* A batch at the limit, and one request above it, which is refused before it is read. */
TEST(the_number_of_requests_is_bounded)
{
#define ONE(id) "{\"id\":\"" id "\",\"method\":\"GET\",\"url\":\"x\"}"
    ck_assert(read_batch("{\"requests\":[" ONE("1") "," ONE("2") "]}"));
    ck_assert(read_batch("{\"requests\":[" ONE("1") "," ONE("2") "," ONE("3") "]}"));
    ck_assert_int_eq(body.count, MOST);
    ck_assert(!read_batch("{\"requests\":[" ONE("1") "," ONE("2") "," ONE("3") ",{} }"));
    ck_assert_str_eq(problem.message, "A batch has at most 3 requests.");
}

TEST(what_is_wrong_is_told_with_its_place)
{
    static const struct {
        const char *text, *target;
    } rows[] = {
        {"[]", "$"},
        {"{\"requests\":[{\"id\":\"1\",\"method\":\"GET\",\"url\":[]}]}", "$.requests[0].url"},
        {"{\"requests\":[" ONE("1") ",{\"id\":\"2\",\"method\":\"\",\"url\":\"x\"}]}",
         "$.requests[1].method"},
        {"{\"requests\":[" ONE("1") "," ONE("1") "]}", "$.requests[1].id"},
        {"{\"requests\":[{\"id\":\"1\",\"headers\":{\"a\":[]}}]}", "$.requests[0].headers"},
        {"{\"requests\":[{\"id\":\"1\",\"dependsOn\":[[]]}]}", "$.requests[0].dependsOn"},
        {"{\"requests\":[{\"id\":\"1\",\"headers\":{\"a\":\"\\u0001\"}}]}",
         "$.requests[0].headers"},
        {"{\"requests\":[]}", "$.requests"},
        {"{\"requests\":[}", "$"},
    };
    apr_size_t i;

    for (i = 0; i < COUNT(rows); i++) {
        ck_assert_msg(!read_batch(rows[i].text), "%s", rows[i].text);
        ck_assert_int_eq(problem.error, GP_BAD_REQUEST);
        ck_assert_str_eq(problem.target, rows[i].target);
    }
}

/* ---- urls ---- */

static const char *resolve(const char *url, const char *base_url, const char *path)
{
    const gp_batch_root root = {base_url, path, "client.example:8443"};

    gp_problem_open(&problem, pool);
    return gp_batch_url_resolve(pool, url, &root, &problem);
}

TEST(urls_are_relative_to_the_root)
{
    static const struct {
        const char *url, *resolved; /* NULL: refused */
    } rows[] = {
        {"/me/x", "/me/x"},
        {"me/x?a=b", "/me/x?a=b"},
        {"/beta/me/x", "/me/x"},
        {"beta/me/x", "/me/x"},
        {"/public/beta/me/x", "/me/x"},
        {"https://api.example/public/beta/me/x", "/me/x"},
        {"HTTP://API.example/beta/me/x?y", "/me/x?y"},
        {"https://client.example:8443/beta/me/x", "/me/x"},
        {"https://api.example/public/beta", "/"},
        {"/beta", "/"},
        {"/beta?x", "/?x"},
        {"/betamax/x", "/betamax/x"},
        {"/beta/beta/x", "/beta/x"},
        {"?x", "/?x"},
        {"https://api.example/other/me/x", NULL},
        {"https://api.example:1/beta/me/x", NULL},
        {"https://client.example/beta/me/x", NULL},
        {"//api.example/beta/me/x", NULL},
        {"/me/../x", NULL},
        {"/me/%2E%2e/x", NULL},
        {"/me/..\\x", NULL},
        {"/me/..", NULL},
        {"/me/.", NULL},
        {"/me/...", "/me/..."},
        {"/me/x?a=../..", "/me/x?a=../.."},
        {"/me/%00", NULL},
        {"/me/\n", NULL},
    };
    apr_size_t i;

    for (i = 0; i < COUNT(rows); i++) {
        const char *resolved = resolve(rows[i].url, "https://api.example/public/beta", "/beta");

        ck_assert_msg((resolved == NULL) == (rows[i].resolved == NULL), "%s", rows[i].url);
        ck_assert_int_eq(problem.error != GP_OK, resolved == NULL);
        if (resolved != NULL)
            ck_assert_str_eq(resolved, rows[i].resolved);
    }
}

/* A root may have the name of what lies below it, or none at all. */
TEST(names_of_roots)
{
    ck_assert_str_eq(resolve("/users/a/profile/positions", "http://x/users", "/users"),
                     "/users/a/profile/positions");
    ck_assert_str_eq(resolve("/users/users/a/profile/positions", "http://x/users", "/users"),
                     "/users/a/profile/positions");
    ck_assert_str_eq(resolve("/me/x", "http://x", ""), "/me/x");
    ck_assert_str_eq(resolve("http://x/me/x", "http://x", ""), "/me/x");
}

TEST(characters_are_encoded_once)
{
    ck_assert_str_eq(resolve("/a b/\xc3\xbc?$filter=x eq 'R%26D' #\"", "http://x", ""),
                     "/a%20b/%C3%BC?$filter=x%20eq%20'R%26D'%20%23%22");
    ck_assert_str_eq(resolve("/a?x=100%&y=%4&z=%4g&w=a+b", "http://x", ""),
                     "/a?x=100%25&y=%254&z=%254g&w=a+b");
}

/* ---- base64 ---- */

static const char *decode(const char *text)
{
    gp_buffer buffer;

    gp_buffer_open(&buffer, pool, 0);
    return gp_base64_decode(text, strlen(text), &buffer) ? gp_buffer_text(&buffer) : NULL;
}

TEST(base64_in_either_alphabet)
{
    static const char *const broken[] = {"A",
                                         "AAAAA",
                                         "AA=A",
                                         "====",
                                         "AAA==",
                                         "A===",
                                         "AA==AA==",
                                         "A A=",
                                         "AA.A",
                                         "AA=="
                                         "="};
    apr_size_t i;

    ck_assert_str_eq(decode(""), "");
    ck_assert_str_eq(decode("Zg=="), "f");
    ck_assert_str_eq(decode("Zg"), "f");
    ck_assert_str_eq(decode("aGk="), "hi");
    ck_assert_str_eq(decode("aGk"), "hi");
    ck_assert_str_eq(decode("Zm9v"), "foo");
    ck_assert_str_eq(decode("++//"), decode("--__"));
    for (i = 0; i < COUNT(broken); i++)
        ck_assert_msg(decode(broken[i]) == NULL, "%s", broken[i]);
}

TEST(base64url_comes_back)
{
    char bytes[256];
    int length, i;

    for (i = 0; i < 256; i++)
        bytes[i] = (char)i;
    for (length = 0; length <= 256; length++) {
        gp_buffer text, back;

        gp_buffer_open(&text, pool, 0);
        gp_buffer_open(&back, pool, 0);
        gp_base64_add_url(&text, bytes, (apr_size_t)length);
        ck_assert_uint_eq(strcspn(gp_buffer_text(&text), "+/="), text.length);
        ck_assert(gp_base64_decode(text.data, text.length, &back));
        ck_assert_int_eq((int)back.length, length);
        ck_assert_mem_eq(back.data, bytes, back.length);
    }
}

UNIT_MAIN("batch_body")
