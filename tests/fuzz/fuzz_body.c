/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Request bodies. The reader accepts every input or refuses it with reasons, however it is split into
 * blocks. A document that was read and written reads and writes the same again, and merges with itself.
 */
#include "document/position.h"
#include "fuzz.h"

static gp_value *read_body(const char *text, size_t size, size_t block, gp_reading reading,
                           gp_validation validation, gp_problem *problem)
{
    gp_reader *reader;
    size_t at = 0;

    gp_problem_open(problem, pool);
    reader = gp_reader_open(pool, &gp_work_position, reading, validation, problem);
    while (at < size) {
        size_t part = size - at < block ? size - at : block;

        if (!gp_reader_feed(reader, text + at, part))
            break;
        at += part;
    }
    return gp_reader_finish(reader);
}

static const char *write_body(const gp_value *value)
{
    gp_buffer buffer;

    gp_buffer_open(&buffer, pool, 1024);
    gp_value_write(&buffer, value, NULL);
    return gp_buffer_text(&buffer);
}

/* If a block ends where a text that is not JSON ends, yajl counts one byte more or less. */
static const char *without_places(gp_problem *problem)
{
    gp_buffer buffer;
    char *at, *error;

    gp_buffer_open(&buffer, pool, 256);
    gp_problem_write(&buffer, gp_error_get(GP_BAD_REQUEST), problem, 0, "", "");
    must_be_json(gp_buffer_text(&buffer));
    error = apr_pstrdup(pool, gp_buffer_text(&buffer));
    for (at = error; (at = strstr(at, "at line ")) != NULL; at++)
        memmove(at, at + strcspn(at, "."), strlen(at + strcspn(at, ".")) + 1);
    return error;
}

static void check(const char *text, size_t size, gp_reading reading, gp_validation validation)
{
    gp_problem whole, cut;
    gp_value *value = read_body(text, size, size, reading, validation, &whole), *again;
    const char *written;

    again = read_body(text, size, 3, reading, validation, &cut);
    must((value == NULL) == (again == NULL) && (value == NULL) == (whole.error != GP_OK));
    must(whole.error == cut.error && whole.count == cut.count);
    must(strcmp(without_places(&whole), without_places(&cut)) == 0);
    if (value == NULL) {
        must(whole.error == GP_BAD_REQUEST && whole.message != NULL);
        return;
    }
    written = write_body(value);
    must_be_json(written);
    must(strcmp(written, write_body(again)) == 0);
    again = gp_position_read(pool, written);
    must(again != NULL && strcmp(written, write_body(again)) == 0);
    /* A change to the present content changes nothing, though it may count as one; but a null removes an
     * undeclared member, which relaxed validation keeps at creation. */
    if (reading == GP_READING_NEW) {
        gp_value_merge(pool, again, value);
        if (validation == GP_VALIDATION_RELAXED)
            written = write_body(again);
        gp_value_merge(pool, again, value);
        must(strcmp(written, write_body(again)) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = open_input(data, &size);

    check(text, size, GP_READING_NEW, GP_VALIDATION_STRICT);
    check(text, size, GP_READING_NEW, GP_VALIDATION_RELAXED);
    check(text, size, GP_READING_CHANGE, GP_VALIDATION_STRICT);
    check(text, size, GP_READING_CHANGE, GP_VALIDATION_RELAXED);
    return close_input(text);
}
