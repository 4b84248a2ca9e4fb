/* SPDX-License-Identifier: Apache-2.0 */
/*
 * matchesPattern, with PCRE2. A pattern can take exponential time, so its steps count as steps of the evaluation:
 * PCRE2 calls back before each item of the pattern (auto-callout), and the callout counts steps and checks the
 * deadline.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "evaluate_parts.h"

#include <pcre2.h>
#include <string.h>

/* The pattern compiled last: it is almost always the same for each position. */
typedef struct {
    gp_evaluator *evaluator;
    pcre2_compile_context *compiling;
    pcre2_match_context *matching;
    pcre2_match_data *match;
    pcre2_code *code;
    char text[GP_FILTER_LENGTH_MAX];
    apr_size_t length;
    apr_int64_t weight; /* steps for 16 bytes of text */
    apr_int64_t
        ranges; /* bytes of the pattern, in units of 64, if it has a character class; else 0 */
    apr_int64_t
        passing;     /* steps after a group: PCRE2 passes its copies and its other alternatives */
    uint32_t behind; /* the characters that its longest lookbehind goes back */
    PCRE2_SIZE at;   /* the position of the preceding callout */
} patterns;

static apr_status_t free_patterns(void *baton)
{
    patterns *p = baton;

    pcre2_code_free(p->code);
    pcre2_match_data_free(p->match);
    pcre2_match_context_free(p->matching);
    pcre2_compile_context_free(p->compiling);
    return APR_SUCCESS;
}

/* steps: taken by one callout, which costs as much. */
#define CALLOUT_STEPS 2

/* steps: of comparing 16 bytes of a text with 64 bytes of a character class. */
#define CLASS_STEPS 8

/* Returns the steps of the next item if it is a back reference: it compares a whole group, and if that fails at its
 * end, the next callout has the same position. */
static apr_int64_t reference_steps(const patterns *p, const pcre2_callout_block *block)
{
    const char *next = p->text + block->pattern_position;
    apr_size_t left = p->length - block->pattern_position;
    const PCRE2_SIZE *groups = block->offset_vector;
    PCRE2_SIZE longest = 0, i;

    if (!(left > 1 && next[0] == '\\' && strchr("123456789gk", next[1]) != NULL)
        && !(left > 4 && memcmp(next, "(?P=", 4) == 0))
        return 0;
    for (i = 1; i < block->capture_top; i++) {
        PCRE2_SIZE start = groups[2 * i], end = groups[2 * i + 1];

        if (end != PCRE2_UNSET && end > start && end - start > longest)
            longest = end - start;
    }
    return (apr_int64_t)((longest + i) / 16);
}

/* A lookbehind of fewer characters costs no more than another item. */
#define BEHIND_SHORT 64

/* Returns the steps of a lookbehind that may be next: it goes back before the next callout, even if it then fails
 * because the text does not begin that far before. */
static apr_int64_t behind_steps(const patterns *p, const pcre2_callout_block *block)
{
    PCRE2_SIZE most = block->current_position;

    if (p->behind <= BEHIND_SHORT || block->pattern_position >= p->length
        || p->text[block->pattern_position] != '(')
        return 0;
    return (apr_int64_t)((most < p->behind ? most : p->behind) / 16);
}

/* Returns the steps of passing a group, which may be between the preceding item and the next one. An alternative is
 * next without that, if the one before it has failed. */
static apr_int64_t passing_steps(const patterns *p, const pcre2_callout_block *block)
{
    PCRE2_SIZE next = block->pattern_position;

    return next > 0 && next <= p->length && p->text[next - 1] == '|' ? 0 : p->passing;
}

/* Before each item of a pattern: counts its steps, and those of the text that the preceding item has read. */
static int count_step(pcre2_callout_block *block, void *baton)
{
    patterns *p = baton;
    PCRE2_SIZE now = block->current_position;
    PCRE2_SIZE distance = now > p->at ? now - p->at : p->at - now;

    p->at = now;
    return gp_evaluation_spend(p->evaluator, CALLOUT_STEPS + passing_steps(p, block)
                                                 + (apr_int64_t)(distance / 16) * p->weight
                                                 + reference_steps(p, block)
                                                 + behind_steps(p, block))
               ? 0
               : PCRE2_ERROR_CALLOUT;
}

static patterns *patterns_of(gp_evaluator *e)
{
    patterns *p = e->patterns;

    if (p != NULL)
        return p;
    p = apr_pcalloc(e->pool, sizeof *p);
    p->evaluator = e;
    p->compiling = pcre2_compile_context_create(NULL);
    p->matching = pcre2_match_context_create(NULL);
    p->match = pcre2_match_data_create(1, NULL);
    apr_pool_cleanup_register(e->pool, p, free_patterns, apr_pool_cleanup_null);
    if (p->compiling == NULL || p->matching == NULL || p->match == NULL)
        return NULL;
    pcre2_set_parens_nest_limit(p->compiling, GP_PATTERN_NESTING_MAX);
    pcre2_set_heap_limit(p->matching, GP_PATTERN_HEAP_MAX / 1024);
    pcre2_set_callout(p->matching, count_step, p);
    e->patterns = p;
    return p;
}

/* Returns true if a pattern contains \X or a script run, which ECMAScript does not have. PCRE2 takes quadratic time for
 * them, and within one item, which nothing could interrupt and no step counts. */
static bool has_endless_item(const char *text, apr_size_t length)
{
    static const char *const script_runs[] = {
        "(*sr:", "(*asr:", "(*script_run:", "(*atomic_script_run:"};
    const char *end = text + length, *at = text;
    apr_size_t i;

    for (i = 0; i < sizeof script_runs / sizeof script_runs[0]; i++) {
        if (memmem(text, length, script_runs[i], strlen(script_runs[i])) != NULL)
            return true;
    }
    while ((at = memchr(at, '\\', (apr_size_t)(end - at))) != NULL && ++at < end) {
        if (*at == 'X')
            return true;
        at++;
    }
    return false;
}

/* As in ECMAScript, $ matches only the very end. Returns NULL for an invalid pattern. */
static pcre2_code *compile(pcre2_compile_context *context, const char *text, apr_size_t length)
{
    PCRE2_SIZE where;
    int error;

    if (length > GP_FILTER_LENGTH_MAX || has_endless_item(text, length))
        return NULL;
    return pcre2_compile((PCRE2_SPTR)text, length,
                         PCRE2_UTF | PCRE2_NO_UTF_CHECK | PCRE2_DOLLAR_ENDONLY
                             | PCRE2_NEVER_BACKSLASH_C | PCRE2_AUTO_CALLOUT,
                         &error, &where, context);
}

bool gp_pattern_is_valid(const char *text)
{
    pcre2_compile_context *context = pcre2_compile_context_create(NULL);
    pcre2_code *code;

    if (context == NULL)
        return false;
    pcre2_set_parens_nest_limit(context, GP_PATTERN_NESTING_MAX);
    code = compile(context, text, strlen(text));
    pcre2_code_free(code);
    pcre2_compile_context_free(context);
    return code != NULL;
}

/* bytes: of a compiled pattern that are written in the time of one step. A refused pattern costs as much as the
 * largest one. */
#define COMPILED_PER_STEP 4
#define COMPILED_MOST     131072

static apr_int64_t compiled_steps(const pcre2_code *code)
{
    size_t size = COMPILED_MOST;

    if (code != NULL)
        pcre2_pattern_info(code, PCRE2_INFO_SIZE, &size);
    return (apr_int64_t)(size / COMPILED_PER_STEP);
}

/* bytes: the most that one byte of a pattern takes when compiled. A compiled pattern takes more if a group is repeated up
 * to n times, because PCRE2 compiles it as n nested copies. */
#define COMPILED_PER_BYTE 16

/* bytes of such copies, and alternatives of a group: that PCRE2 passes in the time of one step */
#define COPIES_PER_STEP       1024
#define ALTERNATIVES_PER_STEP 16

static apr_int64_t most_passing_steps(const patterns *p)
{
    size_t size = 0, alternatives = 0, written = COMPILED_PER_BYTE * p->length;
    apr_size_t i;

    for (i = 0; i < p->length; i++)
        alternatives += p->text[i] == '|';
    if (p->code != NULL)
        pcre2_pattern_info(p->code, PCRE2_INFO_SIZE, &size);
    return (apr_int64_t)((size > written ? size - written : 0) / COPIES_PER_STEP
                         + alternatives / ALTERNATIVES_PER_STEP);
}

/* Makes a pattern the current one, if it is not already. */
static bool use(gp_evaluator *e, patterns *p, const gp_datum *pattern)
{
    apr_size_t length = pattern->as.text.length;

    if (p->code != NULL && p->length == length
        && memcmp(p->text, pattern->as.text.bytes, length) == 0)
        return true;
    pcre2_code_free(p->code);
    p->code = NULL;
    if (length > GP_FILTER_LENGTH_MAX || !gp_evaluation_spend(e, 100 + (apr_int64_t)length * 4))
        return false;
    memcpy(p->text, pattern->as.text.bytes, length);
    p->length = length;
    /* Each character is compared with the ranges of a class one after the other. */
    p->ranges = memchr(p->text, '[', length) != NULL ? (apr_int64_t)length / 64 : 0;
    p->weight = 1 + p->ranges * CLASS_STEPS;
    p->code = compile(p->compiling, p->text, length);
    p->passing = most_passing_steps(p);
    p->behind = 0;
    if (p->code != NULL)
        pcre2_pattern_info(p->code, PCRE2_INFO_MAXLOOKBEHIND, &p->behind);
    return gp_evaluation_spend(e, compiled_steps(p->code)) && p->code != NULL;
}

/* Returns true if one item of a pattern could run too long without an interruption. */
static bool is_too_long(const patterns *p, const gp_datum *text)
{
    return p->ranges > 0
           && (apr_int64_t)text->as.text.length > GP_PATTERN_CLASS_MAX / (1 + p->ranges);
}

gp_datum gp_evaluate_pattern(gp_evaluator *e, const gp_datum *text, const gp_datum *pattern)
{
    patterns *p;
    int matched;

    if (text->kind != GP_KIND_STRING || pattern->kind != GP_KIND_STRING)
        return gp_datum_null;
    p = patterns_of(e);
    if (p == NULL || !use(e, p, pattern))
        return gp_evaluation_fail(e, GP_EVALUATION_PATTERN);
    if (!gp_evaluation_spend_bytes(e, text->as.text.length))
        return gp_datum_null;
    if (is_too_long(p, text))
        return gp_evaluation_fail(e, GP_EVALUATION_COMPLEX);
    p->at = 0;
    matched = pcre2_match(p->code, (PCRE2_SPTR)text->as.text.bytes, text->as.text.length, 0,
                          PCRE2_NO_UTF_CHECK, p->match, p->matching);
    if (matched >= 0 || matched == PCRE2_ERROR_NOMATCH)
        return gp_datum_boolean(matched >= 0);
    return gp_evaluation_fail(e, GP_EVALUATION_COMPLEX);
}
