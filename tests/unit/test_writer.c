/* SPDX-License-Identifier: Apache-2.0 */
#include "base/writer.h"
#include "unit.h"

static gp_buffer buffer;

static void open_buffer(void)
{
    gp_buffer_open(&buffer, pool, 0);
}

TEST(commas_separate_members)
{
    open_buffer();
    gp_write_object(&buffer, NULL);
    gp_write_text(&buffer, "a", "b");
    gp_write_json(&buffer, "c", "[1,{}]");
    gp_write_object(&buffer, "d");
    gp_write_object_end(&buffer);
    gp_write_array(&buffer, "e");
    gp_write_array_end(&buffer);
    gp_write_text(&buffer, "f", "");
    gp_write_object_end(&buffer);
    ck_assert_str_eq(gp_buffer_text(&buffer),
                     "{\"a\":\"b\",\"c\":[1,{}],\"d\":{},\"e\":[],\"f\":\"\"}");
}

TEST(elements_have_no_names)
{
    open_buffer();
    gp_write_array(&buffer, NULL);
    gp_write_text(&buffer, NULL, "{");
    gp_write_array(&buffer, NULL);
    gp_write_json(&buffer, NULL, "1");
    gp_write_json(&buffer, NULL, "2");
    gp_write_array_end(&buffer);
    gp_write_object(&buffer, NULL);
    gp_write_object_end(&buffer);
    gp_write_array_end(&buffer);
    ck_assert_str_eq(gp_buffer_text(&buffer), "[\"{\",[1,2],{}]");
}

TEST(names_and_texts_are_escaped)
{
    open_buffer();
    gp_write_object(&buffer, NULL);
    gp_write_text(&buffer, "\"", "[\n");
    gp_write_text(&buffer, "b", "\\");
    gp_write_object_end(&buffer);
    ck_assert_str_eq(gp_buffer_text(&buffer), "{\"\\\"\":\"[\\n\",\"b\":\"\\\\\"}");
}

UNIT_MAIN("writer")
