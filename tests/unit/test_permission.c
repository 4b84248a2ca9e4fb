/* SPDX-License-Identifier: Apache-2.0 */
#include "odata/permission.h"
#include "unit.h"

TEST(the_table_is_graphs)
{
    static const char *const names[] = {"User.Read", "User.ReadWrite", "User.ReadBasic.All",
                                        "User.Read.All", "User.ReadWrite.All"};
    static const struct {
        gp_access access;
        gp_reach how_far;
        int unasked;
        const char suffices[COUNT(names) + 1]; /* one digit for each name */
    } rows[] = {
        {GP_ACCESS_READ, GP_REACH_OWN, 1, "11111"},
        {GP_ACCESS_READ, GP_REACH_OTHER, 1, "00111"},
        {GP_ACCESS_READ, GP_REACH_APPLICATION, 0, "00011"},
        {GP_ACCESS_WRITE, GP_REACH_OWN, 1, "01001"},
        {GP_ACCESS_WRITE, GP_REACH_OTHER, 0, "00001"},
        {GP_ACCESS_WRITE, GP_REACH_APPLICATION, 0, "00001"},
    };
    apr_size_t i, k;

    for (i = 0; i < COUNT(rows); i++) {
        ck_assert_int_eq(gp_permission_suffices(NULL, rows[i].access, rows[i].how_far),
                         rows[i].unasked);
        ck_assert_int_eq(gp_permission_suffices("", rows[i].access, rows[i].how_far), 0);
        for (k = 0; k < COUNT(names); k++) {
            int wanted = rows[i].suffices[k] == '1';

            ck_assert_int_eq(gp_permission_suffices(names[k], rows[i].access, rows[i].how_far),
                             wanted);
            /* The message to the client is the same. */
            ck_assert_int_eq(
                gp_permission_suffices(gp_permission_wanted(rows[i].access, rows[i].how_far),
                                       rows[i].access, rows[i].how_far),
                1);
        }
    }
}

TEST(operations_outside_of_the_table_are_not_permitted)
{
    ck_assert_int_eq(gp_permission_suffices("User.ReadWrite.All", (gp_access)7, GP_REACH_OWN), 0);
    ck_assert_int_eq(gp_permission_suffices(NULL, GP_ACCESS_READ, (gp_reach)7), 0);
    ck_assert_str_eq(gp_permission_wanted((gp_access)7, GP_REACH_OWN), "");
}

TEST(spellings)
{
    static const struct {
        const char *granted;
        int suffices;
    } rows[] = {
        {"User.ReadWrite", 1},
        {"openid User.ReadWrite email", 1},
        {"openid,User.ReadWrite,email", 1},
        {"openid, User.ReadWrite", 1},
        {"[\"User.ReadWrite\"]", 1},
        {"[\"openid\", \"User.ReadWrite\"]", 1},
        {"[\"openid\",\"User.ReadWrite\",\"email\"]", 1},
        {"  User.ReadWrite  ", 1},
        {"[]", 0},
        {" , ", 0},
        {"user.readwrite", 0},
        {"User.ReadWrit", 0},
        {"User.ReadWriteX", 0},
        {"XUser.ReadWrite", 0},
        {"api://x/User.ReadWrite", 0},
        {"User.ReadWrite;email", 0},
        {"User.Read Write", 0},
        /* A name is opaque, whatever characters it contains. */
        {"[\"User.ReadWrite\"", 1},
        {"[\"x User.ReadWrite\"]", 0},
        {"[\"x,User.ReadWrite,y\", \"z\"]", 0},
        {"[\"[\", \"]\", \"User.ReadWrite\"]", 1},
        {"[\"x\\\"User.ReadWrite\\\"\"]", 0},
        {"[\"x\\\\\", \"User.ReadWrite\"]", 1},
        {"[\"\", \"User.ReadWrite", 1},
        {"[\"x\\", 0},
        {"[User.ReadWrite]", 0},
        {"[[\"User.ReadWrite", 1},
        {"x\"User.ReadWrite\"", 0},
        {"\"User.ReadWrite\"", 0},
        {"x]User.ReadWrite", 0},
    };
    apr_size_t i;

    for (i = 0; i < COUNT(rows); i++)
        ck_assert_msg(gp_permission_suffices(rows[i].granted, GP_ACCESS_WRITE, GP_REACH_OWN)
                          == rows[i].suffices,
                      "%s", rows[i].granted);
}

UNIT_MAIN("permission")
