/* SPDX-License-Identifier: Apache-2.0 */
#include "../../src/route.h"
#include "unit.h"

#define OR_NONE(text) ((text) ? (text) : "-")

/* "resource user id", "-" for what is not there. */
static const char *route_of(const char *path)
{
    static const char *const resources[] = {"none", "unknown", "positions", "ref", "position"};
    gp_route route = gp_route_parse(pool, path);

    if (route.resource == GP_RESOURCE_NONE || route.resource == GP_RESOURCE_UNKNOWN)
        return resources[route.resource];
    return apr_psprintf(pool, "%s %s %s", resources[route.resource], OR_NONE(route.user),
                        OR_NONE(route.id));
}

#define ID "17a809a9-09a9-17a8-a909-a817a909a817"

TEST(ours_are_positions)
{
    static const struct {
        const char *path, *route;
    } rows[] = {
        {"/me/profile/positions", "positions - -"},
        {"/me/profile/positions/", "positions - -"},
        {"/ME/Profile/POSITIONS", "positions - -"},
        {"/Me/pRoFiLe/pOsItIoNs/", "positions - -"},
        {"/me/profile/positions/$ref", "ref - -"},
        {"/me/profile/positions/$ref/", "ref - -"},
        {"/me/profile/positions/$REF", "ref - -"},
        {"/me/profile/positions/" ID, "position - " ID},
        {"/me/profile/positions/" ID "/", "position - " ID},
        {"/me/profile/positions('" ID "')", "position - " ID},
        {"/me/profile/positions('" ID "')/", "position - " ID},
        {"/me/profile/POSITIONS('ABC')", "position - ABC"},
        {"/me/profile/positions/ABC", "position - ABC"},
        {"/me/profile/positions/x y", "position - x y"},
        {"/me/profile/positions('x y')", "position - x y"},
        {"/users/alice@contoso.com/profile/positions", "positions alice@contoso.com -"},
        {"/users/alice@contoso.com/profile/positions/", "positions alice@contoso.com -"},
        {"/Users/Alice/Profile/Positions", "positions Alice -"},
        {"/users/" ID "/profile/positions/$ref", "ref " ID " -"},
        {"/users/a/profile/positions/b", "position a b"},
        {"/users/a/profile/positions('b')", "position a b"},
        {"/users('a')/profile/positions", "positions a -"},
        {"/USERS('A')/profile/positions/$ref", "ref A -"},
        {"/users('a')/profile/positions/b", "position a b"},
        {"/users('a')/profile/positions('b')", "position a b"},
        {"/users('o''brien')/profile/positions", "positions o'brien -"},
        {"/users('''')/profile/positions", "positions ' -"},
        {"/users('''''')/profile/positions", "positions '' -"},
        {"/users('a''')/profile/positions('''b')", "position a' 'b"},
        {"/users('$x@y.com')/profile/positions", "positions $x@y.com -"},
        {"/users/$x@y.com/profile/positions", "positions $x@y.com -"},
        {"/users('a(b)')/profile/positions", "positions a(b) -"},
        {"/users(''')')/profile/positions", "positions ') -"},
        {"/users/o'brien/profile/positions", "positions o'brien -"},
        {"/users/bob_x.com#EXT#@y/profile/positions", "positions bob_x.com#EXT#@y -"},
        {"/users/Zo\xc3\xab/profile/positions", "positions Zo\xc3\xab -"},
        {"/users/me/profile/positions", "positions me -"},
        {"/users/profile/profile/positions", "positions profile -"},
        {"/users/users('a')/profile/positions", "positions users('a') -"},
    };
    apr_size_t i;

    for (i = 0; i < sizeof rows / sizeof rows[0]; i++)
        ck_assert_msg(strcmp(route_of(rows[i].path), rows[i].route) == 0, "%s is %s", rows[i].path,
                      route_of(rows[i].path));
}

TEST(within_the_collection_there_is_nothing_else)
{
    static const char *const unknown[] = {
        "/me/profile/positions/$count",
        "/me/profile/positions/$value",
        "/me/profile/positions/$",
        "/me/profile/positions/$refs",
        "/me/profile/positions/$ref/x",
        "/me/profile/positions/" ID "/detail",
        "/me/profile/positions/" ID "/$ref",
        "/me/profile/positions/" ID "/a/b/c",
        "/me/profile/positions('" ID "')/detail",
        "/users/a/profile/positions/$count",
        "/users('a')/profile/positions('b')/c",
        "/me/profile/positions/$ref/$ref",
    };
    apr_size_t i;

    for (i = 0; i < sizeof unknown / sizeof unknown[0]; i++)
        ck_assert_msg(strcmp(route_of(unknown[i]), "unknown") == 0, "%s is %s", unknown[i],
                      route_of(unknown[i]));
}

TEST(all_else_is_left_to_others)
{
    static const char *const none[] = {
        "",
        "/",
        "//",
        "/me",
        "/me/",
        "/me/profile",
        "/me/profile/",
        "/me/profile/skills",
        "/me/profile/position",
        "/me/profile/positionsx",
        "/me/profile/positions2/x",
        "/me/positions",
        "/me/messages/1",
        "/profile/positions",
        "/positions",
        "/me()/profile/positions",
        "/me('x')/profile/positions",
        "/mee/profile/positions",
        "/m/profile/positions",
        "/users",
        "/users/",
        "/users/profile/positions",
        "/users/a",
        "/users/a/",
        "/users/a/profile",
        "/users/a/profile/names",
        "/users/a/positions",
        "/user/a/profile/positions",
        "/users()/profile/positions",
        "/users('')/profile/positions",
        "/users(')/profile/positions",
        "/users(''')/profile/positions",
        "/users('a'b')/profile/positions",
        "/users('a''b'')/profile/positions",
        "/users(\"a\")/profile/positions",
        "/users(a)/profile/positions",
        "/users('a)/profile/positions",
        "/users(a')/profile/positions",
        "/users('a')x/profile/positions",
        "/users ('a')/profile/positions",
        "/users('a') /profile/positions",
        "/usersx('a')/profile/positions",
        "/users('a/b')/profile/positions",
        "/me/profile('x')/positions",
        "/groups/a/profile/positions",
        "/$metadata",
        "/me//profile/positions",
        "//me/profile/positions",
        "/me/profile//positions",
    };
    apr_size_t i;

    for (i = 0; i < sizeof none / sizeof none[0]; i++)
        ck_assert_msg(strcmp(route_of(none[i]), "none") == 0, "%s is %s", none[i],
                      route_of(none[i]));
}

/* An empty segment is no key (with MergeSlashes Off it arrives). */
TEST(an_empty_segment_is_no_key)
{
    ck_assert_str_eq(route_of("/users//profile/positions"), "none");
    ck_assert_str_eq(route_of("/users//profile/positions/x"), "none");
    ck_assert_str_eq(route_of("/me/profile/positions//"), "unknown");
    ck_assert_str_eq(route_of("/me/profile/positions//x"), "unknown");
    ck_assert_str_eq(route_of("/me/profile/positions/x//"), "unknown");
}

TEST(a_key_has_no_slash)
{
    gp_route route = gp_route_parse(pool, "/me/profile/positions('a/b')");

    ck_assert(route.resource == GP_RESOURCE_NONE || route.resource == GP_RESOURCE_UNKNOWN);
    route = gp_route_parse(pool, "/me/profile/positions/a/b");
    ck_assert_int_eq(route.resource, GP_RESOURCE_UNKNOWN);
}

TEST(long_paths_are_read)
{
    char *key = apr_palloc(pool, 8001);

    memset(key, '\'', 8000);
    key[8000] = '\0';
    ck_assert_uint_eq(strlen(gp_route_parse(pool, apr_pstrcat(pool, "/users('", key,
                                                              "')/profile/positions", NULL))
                                 .user),
                      4000);
    key[7999] = '\0';
    ck_assert_str_eq(route_of(apr_pstrcat(pool, "/users('", key, "')/profile/positions", NULL)),
                     "none");
}

TEST(methods_are_operations)
{
    static const gp_resource all[] = {GP_RESOURCE_NONE, GP_RESOURCE_UNKNOWN, GP_RESOURCE_POSITIONS,
                                      GP_RESOURCE_REF, GP_RESOURCE_POSITION};
    static const char *const not_allowed[] = {"GET",  "HEAD",  "PUT",    "PATCH", "DELETE",
                                              "",     "post",  "POST ",  "POS",   "POSTS",
                                              "Post", "TRACE", "options"};
    apr_size_t i, j;

    ck_assert_int_eq(gp_route_operation(GP_RESOURCE_POSITIONS, "POST"), GP_OPERATION_CREATE);
    ck_assert_int_eq(gp_route_operation(GP_RESOURCE_REF, "POST"), GP_OPERATION_CREATE);
    ck_assert_int_eq(gp_route_operation(GP_RESOURCE_POSITION, "POST"), GP_OPERATION_NONE);
    ck_assert_int_eq(gp_route_operation(GP_RESOURCE_NONE, "POST"), GP_OPERATION_NONE);
    ck_assert_int_eq(gp_route_operation(GP_RESOURCE_UNKNOWN, "POST"), GP_OPERATION_NONE);
    ck_assert_int_eq(gp_route_operation(GP_RESOURCE_NONE, "OPTIONS"), GP_OPERATION_NONE);
    ck_assert_int_eq(gp_route_operation(GP_RESOURCE_UNKNOWN, "OPTIONS"), GP_OPERATION_NONE);
    for (i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (all[i] >= GP_RESOURCE_POSITIONS)
            ck_assert_int_eq(gp_route_operation(all[i], "OPTIONS"), GP_OPERATION_OPTIONS);
        for (j = 0; j < sizeof not_allowed / sizeof not_allowed[0]; j++)
            ck_assert_int_eq(gp_route_operation(all[i], not_allowed[j]), GP_OPERATION_NONE);
    }
}

TEST(allow_lists_the_methods)
{
    ck_assert_str_eq(gp_route_allow(pool, GP_RESOURCE_POSITIONS), "POST, OPTIONS");
    ck_assert_str_eq(gp_route_allow(pool, GP_RESOURCE_REF), "POST, OPTIONS");
    ck_assert_str_eq(gp_route_allow(pool, GP_RESOURCE_POSITION), "OPTIONS");
    ck_assert_str_eq(gp_route_allow(pool, GP_RESOURCE_UNKNOWN), "");
    ck_assert_str_eq(gp_route_allow(pool, GP_RESOURCE_NONE), "");
}

UNIT_MAIN("route")
