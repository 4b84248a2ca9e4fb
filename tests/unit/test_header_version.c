/* SPDX-License-Identifier: Apache-2.0 */
#include "odata/header_version.h"
#include "unit.h"

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

UNIT_MAIN("header_version")
