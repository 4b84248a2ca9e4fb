/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command line. One table of options drives parsing and --help. Tests compare graphprofile.1 and the
 * bash completion with it.
 */
#include "options.h"
#include "bounds.h"

#include "base/datetime.h"
#include "base/text.h"
#include "base/version.h"

#include <apr_strings.h>

#include <getopt.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOADS (GP_CHECK | GP_IMPORT)

typedef struct {
    const char *name;
    const char *operand; /* as shown in the usage line */
    const char *text;
    unsigned bit;
    int needs_operand;
} command;

static const command commands[] = {
    {"check", "[FILE]", "print the problems in the lines of an import, without a database",
     GP_CHECK, 0},
    {"import", "[FILE]", "create and change positions", GP_IMPORT, 0},
    {"export", NULL, "print positions as lines that import reads", GP_EXPORT, 0},
    {"forget", "OWNER", "delete all data about an owner", GP_FORGET, 1},
};

#define COMMANDS (sizeof commands / sizeof commands[0])

typedef enum {
    FLAG,   /* no argument; sets an int */
    TEXT,   /* plain text of 1 to `most` bytes */
    NUMBER, /* from `least` to `most` */
    CHOICE, /* one of two words, separated by |; the second sets an int to 1 */
    AUDIENCE,
    DATETIME
} option_kind;

typedef struct {
    const char *name;
    unsigned commands;
    option_kind kind;
    const char *argument; /* as shown by --help; the words of a choice */
    int least, most;
    apr_size_t offset; /* in gp_options */
    const char *text;
} option;

#define AT(member) offsetof(gp_options, member)

static const option table[] = {
    {"dsn", GP_IMPORT | GP_EXPORT | GP_FORGET, TEXT, "CONNINFO", 0, INT_MAX, AT(dsn),
     "the database as a libpq connection string (default: PGHOST and its other variables)"},
    {"source", GP_IMPORT, TEXT, "NAME", 0, GP_SOURCE_MAX, AT(source),
     "the origin of the lines; only rows of this source are changed"},
    {"owner", GP_EXPORT, TEXT, "OWNER", 0, GP_OWNER_MAX, AT(owner), "only positions of one owner"},
    {"owner-key", GP_IMPORT | GP_EXPORT | GP_FORGET, CHOICE, "id|upn", 0, 0, AT(is_owner_name),
     "whether owners are ids, or user principal names in graphprofile.person"},
    {"validation", LOADS, CHOICE, "strict|relaxed", 0, 0, AT(validation),
     "like GraphProfileValidation"},
    {"default-audience", LOADS, AUDIENCE, "AUDIENCES", 0, 0, AT(default_audience),
     "like GraphProfileDefaultAudience"},
    {"created-by", LOADS, CHOICE, "server|client", 0, 0, AT(keeps_created_by),
     "like GraphProfileCreatedBy (default: client)"},
    {"application", LOADS, TEXT, "ID", 0, GP_OWNER_MAX, AT(application),
     "the application that createdBy and lastModifiedBy name (default: graphprofile)"},
    {"max-document", LOADS, NUMBER, "BYTES", GP_DOCUMENT_FLOOR, GP_DOCUMENT_CEILING,
     AT(max_document), "like GraphProfileMaxDocument"},
    {"max-positions", GP_IMPORT, NUMBER, "NUMBER", 0, GP_POSITIONS_CEILING, AT(max_positions),
     "like GraphProfileMaxPositions; 0: no limit"},
    {"max-line", LOADS, NUMBER, "BYTES", 1, GP_LINE_CEILING, AT(max_line), "refuse longer lines"},
    {"max-errors", LOADS, NUMBER, "NUMBER", 0, INT_MAX, AT(max_errors),
     "stop after this many lines with problems; 0: never"},
    {"batch", GP_IMPORT, NUMBER, "LINES", 1, GP_CHUNK_CEILING, AT(batch),
     "lines in one transaction"},
    {"replace", GP_IMPORT, FLAG, NULL, 0, 0, AT(replaces),
     "delete the positions of --source that no line has"},
    {"max-removed", GP_IMPORT, NUMBER, "PERCENT", 0, 100, AT(max_removed),
     "the largest share of the source that --replace may delete"},
    {"changed-since", GP_EXPORT, DATETIME, "TIME", 0, 0, AT(changed_since),
     "only positions created or changed at or after TIME"},
    {"format", GP_EXPORT, CHOICE, "lines|connector", 0, 0, AT(is_connector),
     "lines for import, or items for a Graph connector for people data"},
    {"dry-run", GP_IMPORT | GP_FORGET, FLAG, NULL, 0, 0, AT(is_dry),
     "count what would change, but change nothing"},
    {"json", LOADS | GP_FORGET, FLAG, NULL, 0, 0, AT(is_json),
     "print problems and outcome as JSON"},
};

#define OPTIONS ((int)(sizeof table / sizeof table[0]))

/* ---- help ---- */

static void print_usage(FILE *out, const command *one)
{
    fprintf(out, "graphprofile %s [OPTION]..%s%s\n", one->name, one->operand ? " " : "",
            one->operand ? one->operand : "");
}

static void print_option(const option *one)
{
    char left[64];

    snprintf(left, sizeof left, "--%s%s%s", one->name, one->argument ? " " : "",
             one->argument ? one->argument : "");
    printf("  %-32s %s\n", left, one->text);
}

static void print_help(const command *only)
{
    size_t i;
    int j;

    for (i = 0; i < COMMANDS; i++) {
        if (only != NULL && only != &commands[i])
            continue;
        fputs("usage: ", stdout);
        print_usage(stdout, &commands[i]);
        printf("  %s\n", commands[i].text);
    }
    if (only == NULL) {
        puts(
            "\ngraphprofile COMMAND --help lists the options of a command; graphprofile --version");
        return;
    }
    puts("");
    for (j = 0; j < OPTIONS; j++) {
        if (table[j].commands & only->bit)
            print_option(&table[j]);
    }
}

/* ---- one option ---- */

static int refuse(const char *format, const char *name, const char *argument)
{
    fputs("graphprofile: ", stderr);
    fprintf(stderr, format, name, argument);
    fputs("\n", stderr);
    return 0;
}

static int read_number(const option *one, const char *argument, int *number)
{
    apr_int64_t value;
    char *end;

    value = apr_strtoi64(argument, &end, 10);
    if (end == argument || *end != '\0' || value < one->least || value > one->most) {
        fprintf(stderr, "graphprofile: --%s takes a number from %d to %d\n", one->name, one->least,
                one->most);
        return 0;
    }
    *number = (int)value;
    return 1;
}

static int read_choice(const option *one, const char *argument, int *chosen)
{
    const char *bar = strchr(one->argument, '|');
    apr_size_t length = strlen(argument);

    *chosen = strcmp(bar + 1, argument) == 0;
    if (*chosen
        || (length == (apr_size_t)(bar - one->argument)
            && strncmp(one->argument, argument, length) == 0))
        return 1;
    return refuse("--%s takes %s", one->name, one->argument);
}

static int read_datetime(apr_pool_t *pool, const option *one, const char *argument,
                         const char **text)
{
    char *utc = apr_palloc(pool, GP_DATETIME_SIZE);

    if (!gp_datetime_to_utc(utc, argument, strlen(argument)))
        return refuse("--%s takes a time such as 2026-11-30T08:00:00Z%s", one->name, "");
    *text = utc;
    return 1;
}

static int read_argument(apr_pool_t *pool, const option *one, const char *argument,
                         gp_options *options)
{
    void *to = (char *)options + one->offset;

    switch (one->kind) {
    case FLAG:
        *(int *)to = 1;
        return 1;
    case NUMBER:
        return read_number(one, argument, to);
    case CHOICE:
        return read_choice(one, argument, to);
    case DATETIME:
        return read_datetime(pool, one, argument, to);
    case AUDIENCE:
        if (gp_enum_parse(pool, &gp_allowed_audiences, argument, strlen(argument), to)
            == GP_ENUM_INVALID)
            return refuse("--%s: '%s' is not a value of allowedAudiences", one->name, argument);
        return 1;
    default:
        if (*argument == '\0' || strlen(argument) > (apr_size_t)one->most
            || !gp_text_is_plain(argument))
            return refuse("--%s is empty, too long or not plain text%s", one->name, "");
        *(const char **)to = argument;
        return 1;
    }
}

/* ---- the command line ---- */

static const command *find_command(const char *name)
{
    size_t i;

    for (i = 0; i < COMMANDS; i++) {
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    }
    return NULL;
}

static void set_defaults(gp_options *options)
{
    memset(options, 0, sizeof *options);
    options->validation = GP_VALIDATION_STRICT;
    options->default_audience = "organization";
    options->keeps_created_by = 1;
    options->application = "graphprofile";
    options->max_document = GP_TOOL_DOCUMENT_DEFAULT;
    options->max_positions = GP_POSITIONS_DEFAULT;
    options->max_line = GP_LINE_DEFAULT;
    options->batch = GP_CHUNK_DEFAULT;
    options->max_removed = GP_REMOVED_DEFAULT;
}

/* The values that getopt_long returns: above all characters, which would mean short options. */
enum { FIRST = 256, HELP = FIRST + OPTIONS };

static int read_options(apr_pool_t *pool, const command *chosen, int count, char **words,
                        gp_options *options)
{
    struct option known[OPTIONS + 2];
    int i, entries = 0, found;

    memset(known, 0, sizeof known);
    for (i = 0; i < OPTIONS; i++) {
        if (!(table[i].commands & chosen->bit))
            continue;
        known[entries].name = table[i].name;
        known[entries].has_arg = table[i].kind == FLAG ? no_argument : required_argument;
        known[entries++].val = FIRST + i;
    }
    known[entries].name = "help";
    known[entries].val = HELP;
    while ((found = getopt_long(count, words, "", known, NULL)) != -1) {
        if (found == HELP) {
            print_help(chosen);
            options->is_finished = 1;
            return 1;
        }
        if (found < FIRST || !read_argument(pool, &table[found - FIRST], optarg, options))
            return 0;
    }
    return 1;
}

/* Reads the operands after the options. */
static int read_operand(const command *chosen, int count, char **words, gp_options *options)
{
    int operands = count - optind;

    if (operands > (chosen->operand != NULL) || operands < chosen->needs_operand) {
        fputs("graphprofile: usage: ", stderr);
        print_usage(stderr, chosen);
        return 0;
    }
    options->operand = operands > 0 ? words[optind] : NULL;
    if (options->replaces && options->source == NULL)
        return refuse("--%s needs --%s, which limits the positions that it may delete", "replace",
                      "source");
    return 1;
}

int gp_options_read(apr_pool_t *pool, int count, char **words, gp_options *options)
{
    const command *chosen = count > 1 ? find_command(words[1]) : NULL;

    set_defaults(options);
    if (count > 1 && strcmp(words[1], "--version") == 0) {
        puts("graphprofile " GP_VERSION);
        options->is_finished = 1;
        return 1;
    }
    if (count > 1 && strcmp(words[1], "--help") == 0) {
        print_help(NULL);
        options->is_finished = 1;
        return 1;
    }
    if (chosen == NULL) {
        fputs("graphprofile: usage: graphprofile check|import|export|forget [OPTION].. (--help)\n",
              stderr);
        return 0;
    }
    options->command = chosen->bit;
    words[1] = words[0]; /* getopt prints this name in its messages */
    return read_options(pool, chosen, count - 1, words + 1, options)
           && (options->is_finished || read_operand(chosen, count - 1, words + 1, options));
}
