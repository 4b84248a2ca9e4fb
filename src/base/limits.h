/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_LIMITS_H
#define GP_LIMITS_H

/*
 * Every limit of the module. No other file defines one (tests/http/test_limits.py). Each limit states its unit and
 * its reason. docs/limits.md lists the limits for users, with the response beyond each; its tests try one below,
 * at and one above the limit. Names end in DEFAULT if a directive sets the limit, in CEILING if the limit bounds
 * the directive, and in MAX or ATTEMPTS if the limit is fixed.
 */

/* ---- requests ---- */

/** bytes: GraphProfileMaxBody. Reading a body takes up to 50 times its size in memory. */
#define GP_BODY_DEFAULT 65536
#define GP_BODY_CEILING 1048576

/** bytes: GraphProfileMaxDocument. Without it, many small changes could store a document of any size, and every
 * reader would pay for it. The default is a multiple of the body limit in force, and at least the floor, which
 * fits an empty position with the longest ids. */
#define GP_DOCUMENT_BODIES  4
#define GP_DOCUMENT_FLOOR   16384
#define GP_DOCUMENT_CEILING 4194304

/** requests: GraphProfileBatchItems. All of a batch are in memory at a time. Microsoft Graph takes 20. */
#define GP_BATCH_ITEMS_DEFAULT 20
#define GP_BATCH_ITEMS_CEILING 100

/** bytes: GraphProfileBatchBytes. The body of a batch stays in memory until all of its requests have ended. */
#define GP_BATCH_BYTES_DEFAULT 1048576
#define GP_BATCH_BYTES_CEILING 16777216

/** bytes: of the id, Content-ID or atomicityGroup of a request in a batch. The answer repeats it, outside of the bounds of
 * answers. A UUID has 36. */
#define GP_BATCH_ID_MAX 128

/** characters: a boundary of multipart/mixed (RFC 2046 section 5.1.1). */
#define GP_BOUNDARY_MAX 70

/** levels: nested objects and arrays, the outermost included. The parser recurses with them. */
#define GP_DEPTH_MAX 16

/** objects: in one collection. Each is stored and answered with all declared properties: an empty object of 2
 * bytes becomes several hundred bytes. */
#define GP_OBJECTS_MAX 500

/** members: of one object in a request that its type does not declare. An identity has about five. */
#define GP_MEMBERS_MAX 500

/** characters: of a number as written. Every reader of the number converts it. */
#define GP_NUMBER_MAX 1000

/** powers of ten: of a number's exponent. It covers every double that GP_NUMBER_MAX digits can write. */
#define GP_EXPONENT_MAX (GP_NUMBER_MAX + 400)

/** bytes: of the id of a caller or an owner. The id is in an index, and PostgreSQL bounds index entries. */
#define GP_OWNER_MAX 2048

/* ---- query options ---- */

/** bytes: of $filter or $orderby, with aliases counted wherever they are used. */
#define GP_FILTER_LENGTH_MAX 4096

/** levels: of an expression. Parsing and evaluation recurse with them. */
#define GP_FILTER_DEPTH_MAX 20

/** operators, calls and values: of an expression. The cost of each row grows with their number. */
#define GP_FILTER_PARTS_MAX 300

/** nested any and all: each multiplies the cost by the size of a collection. */
#define GP_FILTER_VARIABLES_MAX 3

/** steps: that $filter and $orderby of one request take over all positions. A step is the evaluation of one
 * node of an expression for one position or item, 64 bytes read or compared, or one step of a pattern: 10 to
 * 50 ns. */
#define GP_QUERY_STEPS_MAX 5000000

/** bytes: of stored positions that $filter and $orderby of one request read. */
#define GP_QUERY_BYTES_MAX 67108864

/** bytes: of the texts that an expression builds for one position or item. They are in memory at the same time. */
#define GP_QUERY_TEXT_MAX 131072

/** bytes: of memory that matching one pattern may take. PCRE2 keeps the places to which it may backtrack. */
#define GP_PATTERN_HEAP_MAX 1048576

/** bytes: of a text, times the bytes of its pattern divided by 64, if the pattern has a character class. PCRE2 compares
 * a character with the ranges of a class one by one, 10 ns for each unit, and matches one item of a pattern against the
 * whole text without a chance to stop it. */
#define GP_PATTERN_CLASS_MAX 1048576

/** levels: of parentheses in a pattern. PCRE2 recurses with them when it compiles the pattern. */
#define GP_PATTERN_NESTING_MAX 50

/** positions: that the first statement of a request with $filter or $orderby reads, about as many as a page has. It may
 * share a connection with the reads of others; further ones are of an expensive class. */
#define GP_QUERY_FIRST_MAX 100

/** positions: that each further one reads. Other requests run between two such statements. */
#define GP_QUERY_CHUNK_MAX 256

/** bytes: of the keys that $orderby keeps: for the positions before the page, on the page, and as many again. */
#define GP_ORDER_BYTES_MAX 8388608

/** keys: of $orderby. Each position up to the end of the page keeps a copy of each key. */
#define GP_ORDER_KEYS_MAX 4

/** bytes: of custom query options, which a link repeats. Each page has such a link, and httpd accepts a request
 * line of 8190 bytes. */
#define GP_CUSTOM_OPTIONS_MAX 2048

/** characters: of a text that $orderby compares. The sort holds the texts of all positions. */
#define GP_ORDER_TEXT_MAX 256

/** bytes: of $select. */
#define GP_SELECT_LENGTH_MAX 4096

/** bytes: of $expand of a profile, the options in its parentheses included. */
#define GP_EXPAND_LENGTH_MAX 6144

/* ---- storage ---- */

/** positions: GraphProfileMaxPositions. Lists, counts and queries slow down with the positions of an owner. Each
 * insert reads as many index entries, so the ceiling bounds the cost of an insert. */
#define GP_POSITIONS_DEFAULT 1000
#define GP_POSITIONS_CEILING 10000

/* ---- answers ---- */

/** positions: GraphProfilePageSize. A page stays in memory until the client has read it. */
#define GP_PAGE_DEFAULT 100
#define GP_PAGE_CEILING 1000

/** bytes: of the documents on a page; a page always holds at least one. They are in memory twice while the
 * answer is built, and once until the client has read it: about 40 clients of a child that do not read hold 20
 * MB. */
#define GP_PAGE_BYTES_MAX 524288

/** bytes: of answers that wait for their clients; only larger answers count. HTTP/2 takes a whole answer off its
 * thread even if the client's window is closed, so nothing else bounds these answers. A smaller one costs no
 * more than the stream itself. One caller may hold half, so that slow clients of one account leave space for
 * the others. */
#define GP_ANSWERS_MAX            16777216
#define GP_ANSWERS_CALLER_MAX     8388608
#define GP_ANSWERS_CONNECTION_MAX 2097152
#define GP_ANSWERS_SMALL_MAX      16384

/** problems: listed in an error. A body of 64 KiB can have 10,000 problems. */
#define GP_DETAILS_MAX 256

/** bytes: of a client's property name in a message and in a target, so that an error stays shorter than the
 * body. */
#define GP_NAME_MESSAGE_MAX 100
#define GP_NAME_TARGET_MAX  128

/** bytes: of a stored document that a thread parses without waiting for its turn. */
#define GP_SCRATCH_SMALL_MAX 16384

/** threads: that hold the tree of a larger document at the same time. A tree can be 40 times as long as its
 * text. */
#define GP_SCRATCH_LARGE_MAX 1

/* ---- the database ---- */

/** attempts: of a statement that loses to another transaction. */
#define GP_STATEMENT_ATTEMPTS 4

/** attempts: of a PATCH, if other clients change the position between its read and its write. */
#define GP_UPDATE_ATTEMPTS 50

/** rows: of an owner that a statement of constant cost reads. A statement that reads more belongs to a class
 * that may not take all connections. The limit is above the default number of positions of an owner. */
#define GP_SCAN_MAX 2000

/** statements: in one batch. All of them wait for the slowest one. */
#define GP_BATCH_MAX 32

/** statements: that may read many rows, in one batch. More would cost hardly less, but all wait for the slowest one. */
#define GP_SCANS_MAX 8

/** bytes: of the parameters of statements of one kind that run as one. Larger ones run apart. */
#define GP_MERGE_BYTES_MAX 131072

/** cancel requests: in flight at the same time in a child. Each is a connection to PostgreSQL. */
#define GP_CANCELS_MAX 4

/** seconds: GraphProfileTimeout, GraphProfileQueueTimeout: of all statements and waits of a request. */
#define GP_TIMEOUT_DEFAULT       10
#define GP_QUEUE_TIMEOUT_DEFAULT 2

#endif
