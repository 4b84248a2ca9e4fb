/* SPDX-License-Identifier: Apache-2.0 */
#include "odata/route.h"
#include "unit.h"

#define OR_NONE(text) ((text) ? (text) : "-")

/* "resource user id", "-" for a missing part. */
static const char *route_of(const char *path)
{
    static const char *const resources[] = {"none",    "unknown",  "service",   "metadata",
                                            "openapi", "batch",    "positions", "ref",
                                            "count",   "position", "profile"};
    gp_route route = gp_route_parse(pool, path);

    if (route.resource < GP_RESOURCE_POSITIONS)
        return resources[route.resource];
    return apr_psprintf(pool, "%s %s %s", resources[route.resource], OR_NONE(route.user),
                        OR_NONE(route.id));
}

#define ID "17a809a9-09a9-17a8-a909-a817a909a817"

TEST(paths_to_positions_are_claimed)
{
    static const struct {
        const char *path, *route;
    } rows[] = {
        {"/me/profile", "profile - -"},
        {"/ME/Profile/", "profile - -"},
        {"/users/a/profile", "profile a -"},
        {"/users('a''b')/profile/", "profile a'b -"},
        {"/users(id='a')/profile", "profile a -"},
        {"/me/profile/positions", "positions - -"},
        {"/me/profile/positions/", "positions - -"},
        {"/ME/Profile/POSITIONS", "positions - -"},
        {"/Me/pRoFiLe/pOsItIoNs/", "positions - -"},
        {"/me/profile/positions/$ref", "ref - -"},
        {"/me/profile/positions/$ref/", "ref - -"},
        {"/me/profile/positions/$REF", "ref - -"},
        {"/me/profile/positions/$count", "count - -"},
        {"/me/profile/positions/$Count/", "count - -"},
        {"/users('a')/profile/positions/$count", "count a -"},
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
        {"/me/profile/positions(id='" ID "')", "position - " ID},
        {"/me/profile/positions(id='" ID "')/", "position - " ID},
        {"/me/profile/positions(ID='x y')", "position - x y"},
        {"/me/profile/positions(id='''b')", "position - 'b"},
        {"/me/profile/positions(id='a,id=''b''')", "position - a,id='b'"},
        {"/users(id='a')/profile/positions", "positions a -"},
        {"/Users(Id='a@b.c')/profile/positions(id='b')", "position a@b.c b"},
        {"/users(id='o''brien')/profile/positions/$count", "count o'brien -"},
        {"/users(id='id=')/profile/positions", "positions id= -"},
        {"/users('id=')/profile/positions", "positions id= -"},
        {"/users/id='a'/profile/positions", "positions id='a' -"},
    };
    apr_size_t i;

    for (i = 0; i < COUNT(rows); i++)
        ck_assert_msg(strcmp(route_of(rows[i].path), rows[i].route) == 0, "%s is %s", rows[i].path,
                      route_of(rows[i].path));
}

/* Every spelling of a path has one canonical spelling, which is its own. */
TEST(paths_have_one_spelling)
{
    static const struct {
        const char *path, *one;
    } rows[] = {
        {"", "/"},
        {"/$MetaData/", "/$metadata"},
        {"/OPENAPI.json/", "/openapi.json"},
        {"/$Batch/", "/$batch"},
        {"/ME/Profile/Positions/", "/me/profile/positions"},
        {"/me/profile/positions/$REF", "/me/profile/positions/$ref"},
        {"/Users('a')/profile/positions/$Count", "/users/a/profile/positions/$count"},
        {"/USERS/A/PROFILE/POSITIONS('B')", "/users/A/profile/positions/B"},
        {"/users('o''b')/profile/positions/c/", "/users/o'b/profile/positions/c"},
        {"/Me/profile/positions/x/y", "/me/profile/positions/x"},
    };
    apr_size_t i;

    for (i = 0; i < COUNT(rows); i++) {
        gp_route route = gp_route_parse(pool, rows[i].path);
        const char *one = gp_route_path(pool, &route);

        ck_assert_str_eq(one, rows[i].one);
        if (route.resource != GP_RESOURCE_UNKNOWN)
            ck_assert_str_eq(route_of(one), route_of(rows[i].path));
    }
}

TEST(a_uuid_has_one_spelling_in_a_path)
{
    gp_route route =
        gp_route_parse(pool, "/me/profile/positions/17A809A9-09a9-17A8-A909-A817A909A817");

    ck_assert_str_eq(gp_route_path(pool, &route),
                     "/me/profile/positions/17a809a9-09a9-17a8-a909-a817a909a817");
}

TEST(other_paths_below_the_collection_are_refused)
{
    static const char *const unknown[] = {
        "/me/profile/positions/$count/x",
        "/me/profile/positions/$counts",
        "/me/profile/positions/$value",
        "/me/profile/positions/$",
        "/me/profile/positions/$refs",
        "/me/profile/positions/$ref/x",
        "/me/profile/positions/" ID "/detail",
        "/me/profile/positions/" ID "/$ref",
        "/me/profile/positions/" ID "/a/b/c",
        "/me/profile/positions('" ID "')/detail",
        "/users/a/profile/positions/$value",
        "/users('a')/profile/positions('b')/c",
        "/me/profile/positions()",
        "/me/profile/positions('')",
        "/me/profile/positions('b')x",
        "/me/profile/positions(b)",
        "/me/profile/positions/$ref/$ref",
    };
    apr_size_t i;

    for (i = 0; i < COUNT(unknown); i++)
        ck_assert_msg(strcmp(route_of(unknown[i]), "unknown") == 0, "%s is %s", unknown[i],
                      route_of(unknown[i]));
}

/* The parentheses of an entity set hold its key. The answer to any other path says so. */
TEST(a_key_predicate_holds_the_key)
{
    static const char *const wrong[] = {
        "",
        "''",
        "'",
        "'''",
        "a",
        "\"a\"",
        "'a",
        "a'",
        "'a'b'",
        "'a''b''",
        "id",
        "id=",
        "id=''",
        "id='",
        "id=a",
        "id=\"a\"",
        "id='a'b'",
        "id='a''",
        "id ='a'",
        "id= 'a'",
        " id='a'",
        "id='a' ",
        " 'a'",
        "'a' ",
        "name='a'",
        "userPrincipalName='a'",
        "idd='a'",
        "id='a',id='a'",
        "id='a',name='b'",
        "id=='a'",
        "='a'",
        "@p",
        "id=@p",
        ID,
    };
    apr_size_t i;

    for (i = 0; i < COUNT(wrong); i++) {
        gp_route route =
            gp_route_parse(pool, apr_pstrcat(pool, "/me/profile/positions(", wrong[i], ")", NULL));

        ck_assert_msg(route.resource == GP_RESOURCE_UNKNOWN && route.id == NULL
                          && route.reason != NULL && strstr(route.reason, "positions('..')"),
                      "positions(%s): %s", wrong[i], OR_NONE(route.reason));
        route = gp_route_parse(pool,
                               apr_pstrcat(pool, "/Users(", wrong[i], ")/profile/positions", NULL));
        gp_route_resolve(pool, &route, NULL);
        ck_assert_msg(route.resource == GP_RESOURCE_UNKNOWN && route.reason != NULL
                          && strstr(route.reason, "users('..')"),
                      "users(%s): %s", wrong[i], OR_NONE(route.reason));
        /* No user has the key "": it means neither the caller nor another user. */
        ck_assert_str_eq(route.user, "");
    }
}

/* Another server may have other keys of users: only paths to profiles and positions are refused. */
TEST(other_paths_of_a_user_are_left_to_others)
{
    ck_assert_str_eq(route_of("/users(name='a')"), "none");
    ck_assert_str_eq(route_of("/users(name='a')/profile/skills"), "none");
    ck_assert_str_eq(route_of("/users(name='a')/messages"), "none");
    ck_assert_str_eq(route_of("/users(name='a')/profile/positionsx"), "none");
}

TEST(other_paths_are_declined)
{
    static const char *const none[] = {
        "//",
        "/me",
        "/me/",
        "/me/profile//",
        "/me/profiles",
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
        "/users//profile",
        "/users/a/profilex",
        "/users/a/profile/names",
        "/users/a/positions",
        "/user/a/profile/positions",
        "/users('a')x/profile/positions",
        "/users ('a')/profile/positions",
        "/users('a') /profile/positions",
        "/usersx('a')/profile/positions",
        "/users('a/b')/profile/positions",
        "/me/profile('x')/positions",
        "/groups/a/profile/positions",
        "/$metadatax",
        "/$metadata/x",
        "/$metadata//",
        "/$batchx",
        "/$batch/x",
        "/batch",
        "/metadata",
        "/openapi.jso",
        "/openapi.jsonx",
        "/openapi.json//",
        "/openapi",
        "/x/openapi.json",
        "//",
        "/me//profile/positions",
        "//me/profile/positions",
        "/me/profile//positions",
    };
    apr_size_t i;

    for (i = 0; i < COUNT(none); i++)
        ck_assert_msg(strcmp(route_of(none[i]), "none") == 0, "%s is %s", none[i],
                      route_of(none[i]));
}

TEST(the_service_describes_itself)
{
    ck_assert_str_eq(route_of(""), "service");
    ck_assert_str_eq(route_of("/"), "service");
    ck_assert_str_eq(route_of("/$metadata"), "metadata");
    ck_assert_str_eq(route_of("/$MetaData/"), "metadata");
    ck_assert_str_eq(route_of("/openapi.json"), "openapi");
    ck_assert_str_eq(route_of("/OpenAPI.json/"), "openapi");
    ck_assert_str_eq(route_of("/$batch"), "batch");
    ck_assert_str_eq(route_of("/$BATCH/"), "batch");
}

/* An empty segment is not a key (with MergeSlashes Off it reaches the module). */
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

/* Returns the meaning of "path?args", and its canonical spelling. */
static const char *resolved(const char *text)
{
    const char *args = strchr(text, '?');
    gp_route route =
        gp_route_parse(pool, args ? apr_pstrmemdup(pool, text, (apr_size_t)(args - text)) : text);

    gp_route_resolve(pool, &route, args ? args + 1 : NULL);
    if (route.resource < GP_RESOURCE_POSITIONS)
        return route.resource == GP_RESOURCE_NONE ? "none" : "unknown";
    return apr_psprintf(pool, "%s %s", OR_NONE(route.user), gp_route_path(pool, &route));
}

TEST(an_alias_stands_for_the_key_of_a_user)
{
    static const struct {
        const char *text, *route;
    } rows[] = {
        {"/users(@u)/profile/positions?@u='a'", "a /users/a/profile/positions"},
        {"/Users(@Name_1)/profile/positions/$count?x=1&@Name_1='a'&y",
         "a /users/a/profile/positions/$count"},
        {"/users(@u)/profile/positions('b')?@u='a/c'", "a/c /users/a%2Fc/profile/positions/b"},
        {"/users(@u)/profile/positions/b?%40u=%27a%2Fc%27", "a/c /users/a%2Fc/profile/positions/b"},
        {"/users(@u)/profile/positions?@u='//..//'",
         "//..// /users/%2F%2F..%2F%2F/profile/positions"},
        {"/users(@u)/profile/positions?@u='o''b'", "o'b /users/o'b/profile/positions"},
        {"/users(@u)/profile/positions?@u='a+b%2Bc'", "a b+c /users/a b+c/profile/positions"},
        {"/users(@u)/profile/positions?@u='@u'", "@u /users/@u/profile/positions"},
        {"/users(@u)/profile/positions?@v='b'&@u='a'", "a /users/a/profile/positions"},
        {"/users(@u)/profile/positions?@u='a'&@u='b'", "a /users/a/profile/positions"},
        {"/users('@u')/profile/positions?@u='a'", "@u /users/@u/profile/positions"},
        {"/users/(@u)/profile/positions?@u='a'", "(@u) /users/(@u)/profile/positions"},
        {"/users(@u)/profile/positions", "unknown"},
        {"/users(@u)/profile/positions?", "unknown"},
        {"/users(@u)/profile/positions?u='a'", "unknown"},
        {"/users(@u)/profile/positions?@U='a'", "unknown"},
        {"/users(@u)/profile/positions?@u", "unknown"},
        {"/users(@u)/profile/positions?@u=", "unknown"},
        {"/users(@u)/profile/positions?@u=''", "unknown"},
        {"/users(@u)/profile/positions?@u=a", "unknown"},
        {"/users(@u)/profile/positions?@u='a", "unknown"},
        {"/users(@u)/profile/positions?@u='a'b'", "unknown"},
        {"/users(@u)/profile/positions?@u=@v&@v='a'", "unknown"},
        {"/users(@u)/profile/positions?@u=null", "unknown"},
        {"/users(@u)/profile/positions?@u='%ff'", "unknown"},
        {"/users(@u)/profile/positions?@u='%00'", "unknown"},
        {"/users(id=@u)/profile/positions?@u='a'", "a /users/a/profile/positions"},
        {"/users(ID=@u)/profile/positions?@u='a/b'", "a/b /users/a%2Fb/profile/positions"},
        {"/users(@)/profile/positions?@='a'", "unknown"},
        {"/users(@u.v)/profile/positions?@u.v='a'", "unknown"},
        {"/users(@u)x/profile/positions?@u='a'", "none"},
        {"/users(@u/profile/positions?@u='a'", "none"},
        {"/users(@u)?@u='a'", "none"},
        {"/me/profile/positions?@u='a'", "- /me/profile/positions"},
    };
    apr_size_t i;

    for (i = 0; i < COUNT(rows); i++)
        ck_assert_msg(strcmp(resolved(rows[i].text), rows[i].route) == 0, "%s is %s", rows[i].text,
                      resolved(rows[i].text));
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
                     "unknown");
}

/* The whole table: every resource, every method. */
TEST(methods_are_operations)
{
    static const struct {
        gp_resource resource;
        const char *method;
        gp_operation operation;
    } rows[] = {
        {GP_RESOURCE_SERVICE, "GET", GP_OPERATION_SERVICE},
        {GP_RESOURCE_METADATA, "GET", GP_OPERATION_METADATA},
        {GP_RESOURCE_OPENAPI, "GET", GP_OPERATION_OPENAPI},
        {GP_RESOURCE_BATCH, "POST", GP_OPERATION_BATCH},
        {GP_RESOURCE_POSITIONS, "GET", GP_OPERATION_LIST},
        {GP_RESOURCE_POSITIONS, "POST", GP_OPERATION_CREATE},
        {GP_RESOURCE_REF, "POST", GP_OPERATION_CREATE},
        {GP_RESOURCE_COUNT, "GET", GP_OPERATION_COUNT},
        {GP_RESOURCE_POSITION, "GET", GP_OPERATION_READ},
        {GP_RESOURCE_POSITION, "PATCH", GP_OPERATION_UPDATE},
        {GP_RESOURCE_POSITION, "DELETE", GP_OPERATION_DELETE},
        {GP_RESOURCE_PROFILE, "GET", GP_OPERATION_PROFILE},
        {GP_RESOURCE_PROFILE, "DELETE", GP_OPERATION_ERASE},
    };
    static const char *const methods[] = {"GET",   "HEAD", "POST",  "PUT",  "PATCH", "DELETE",
                                          "TRACE", "",     "post",  "Post", "POST ", "POS",
                                          "POSTS", "get",  "patch", "MERGE"};
    int resource;
    apr_size_t i, j;

    for (resource = GP_RESOURCE_NONE; resource <= GP_RESOURCE_PROFILE; resource++) {
        ck_assert_int_eq(gp_route_operation((gp_resource)resource, "OPTIONS"),
                         resource < GP_RESOURCE_SERVICE ? GP_OPERATION_NONE : GP_OPERATION_OPTIONS);
        ck_assert_int_eq(gp_route_operation((gp_resource)resource, "options"), GP_OPERATION_NONE);
        for (i = 0; i < COUNT(methods); i++) {
            const char *method = strcmp(methods[i], "HEAD") == 0 ? "GET" : methods[i];
            gp_operation expected = GP_OPERATION_NONE;

            for (j = 0; j < COUNT(rows); j++) {
                if ((int)rows[j].resource == resource && strcmp(rows[j].method, method) == 0)
                    expected = rows[j].operation;
            }
            ck_assert_msg(gp_route_operation((gp_resource)resource, methods[i]) == expected,
                          "%s of resource %d", methods[i], resource);
        }
    }
}

TEST(operations_have_names)
{
    int one, other;

    for (one = 0; one < GP_OPERATIONS; one++) {
        ck_assert_ptr_nonnull(gp_operation_name((gp_operation)one));
        for (other = 0; other < one; other++)
            ck_assert_str_ne(gp_operation_name((gp_operation)one),
                             gp_operation_name((gp_operation)other));
    }
}

TEST(allow_lists_the_methods)
{
    ck_assert_str_eq(gp_route_allow(pool, GP_RESOURCE_SERVICE, 0), "GET, HEAD, OPTIONS");
    ck_assert_str_eq(gp_route_allow(pool, GP_RESOURCE_METADATA, 0), "GET, HEAD, OPTIONS");
    ck_assert_str_eq(gp_route_allow(pool, GP_RESOURCE_OPENAPI, 0), "GET, HEAD, OPTIONS");
    ck_assert_str_eq(gp_route_allow(pool, GP_RESOURCE_BATCH, 0), "POST, OPTIONS");
    ck_assert_str_eq(gp_route_allow(pool, GP_RESOURCE_POSITIONS, 0), "GET, HEAD, POST, OPTIONS");
    ck_assert_str_eq(gp_route_allow(pool, GP_RESOURCE_REF, 0), "POST, OPTIONS");
    ck_assert_str_eq(gp_route_allow(pool, GP_RESOURCE_COUNT, 0), "GET, HEAD, OPTIONS");
    ck_assert_str_eq(gp_route_allow(pool, GP_RESOURCE_POSITION, 0),
                     "GET, HEAD, PATCH, DELETE, OPTIONS");
    ck_assert_str_eq(gp_route_allow(pool, GP_RESOURCE_PROFILE, 0), "GET, HEAD, DELETE, OPTIONS");
    ck_assert_str_eq(
        gp_route_allow(pool, GP_RESOURCE_PROFILE, gp_operation_bit(GP_OPERATION_ERASE)),
        "GET, HEAD, OPTIONS");
    ck_assert_str_eq(gp_route_allow(pool, GP_RESOURCE_UNKNOWN, 0), "");
    ck_assert_str_eq(gp_route_allow(pool, GP_RESOURCE_NONE, 0), "");
}

UNIT_MAIN("route")
