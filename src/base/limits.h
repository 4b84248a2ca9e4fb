/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_LIMITS_H
#define GP_LIMITS_H

/*
 * Every limit of the module. No other file defines one (tests/http/test_limits.py). Each has its unit
 * and the reason for it; docs/limits.md lists them for users, with what happens beyond each and with
 * its tests at one below, at, and one above. Names end in DEFAULT where a directive sets the limit, in
 * CEILING where that bounds the directive, in MAX and ATTEMPTS where it is fixed.
 */

/* ---- requests ---- */

/** bytes: GraphProfileMaxBody. A body is held in memory while it is read, 50 times its size at worst. */
#define GP_BODY_DEFAULT 65536
#define GP_BODY_CEILING 1048576

/** bytes: GraphProfileMaxDocument. Many small changes could otherwise store a document of any size, which
 *  each reader then pays for. The default is a multiple of the body in force, and not below the floor,
 *  which has room for an empty position with the longest ids. */
#define GP_DOCUMENT_BODIES  4
#define GP_DOCUMENT_FLOOR   16384
#define GP_DOCUMENT_CEILING 4194304

/** levels: objects and arrays within each other, the outermost counted. Parsing recurses with them. */
#define GP_DEPTH_MAX 16

/** objects: in one collection. All declared properties of each are stored and answered: an empty object
 *  of 2 bytes becomes several hundred. */
#define GP_OBJECTS_MAX 500

/** members: that the type does not declare, of one object of a request. An identity has some five. */
#define GP_MEMBERS_MAX 500

/** characters: of a number as it is written. Whoever reads it converts it. */
#define GP_NUMBER_MAX 1000

/** powers of ten: of a number's exponent. It covers every double that GP_NUMBER_MAX digits can write. */
#define GP_EXPONENT_MAX (GP_NUMBER_MAX + 400)

/** bytes: of the id of a caller or an owner. It is in an index, and PostgreSQL bounds index entries. */
#define GP_OWNER_MAX 2048

/* ---- query options ---- */

/** bytes: of $filter or $orderby, aliases counted where they are used. */
#define GP_FILTER_LENGTH_MAX 4096

/** levels: of an expression. Parsing and evaluation recurse with them. */
#define GP_FILTER_DEPTH_MAX 20

/** operators, calls and values: of an expression. The cost of each row grows with them. */
#define GP_FILTER_PARTS_MAX 300

/** any and all within each other: each multiplies the cost by the size of a collection. */
#define GP_FILTER_VARIABLES_MAX 3

/** steps: that $filter and $orderby of a request take over all positions. A step is a node of an expression for a
 *  position or an item, 64 bytes that are read or compared, or a step of a pattern: 10 to 50 ns. */
#define GP_QUERY_STEPS_MAX 5000000

/** bytes: of stored positions that $filter and $orderby of a request look at. */
#define GP_QUERY_BYTES_MAX 67108864

/** bytes: of texts that an expression builds for one position or item. They are in memory at once. */
#define GP_QUERY_TEXT_MAX 131072

/** bytes: of memory that matching one pattern may take: PCRE2 keeps the places to which it may go back. */
#define GP_PATTERN_HEAP_MAX 1048576

/** levels: of parentheses in a pattern. PCRE2 recurses with them as it compiles it. */
#define GP_PATTERN_NESTING_MAX 50

/** positions: that one statement reads for $filter or $orderby. Between two of them other requests have their turn. */
#define GP_QUERY_CHUNK_MAX 256

/** bytes: of the keys that $orderby keeps: of the positions before the page, those on it, and as many again. */
#define GP_ORDER_BYTES_MAX 8388608

/** keys: of $orderby. Each position on the way to the page has a copy of each. */
#define GP_ORDER_KEYS_MAX 4

/** bytes: of query options that are not the service's, as a link repeats them. Each page has such a link, and
 *  httpd takes a request line of 8190 bytes. */
#define GP_CUSTOM_OPTIONS_MAX 2048

/** characters: of a text that $orderby compares; the sort holds them for all positions. */
#define GP_ORDER_TEXT_MAX 256

/** bytes: of $select. */
#define GP_SELECT_LENGTH_MAX 4096

/* ---- storage ---- */

/** positions: GraphProfileMaxPositions. Lists, counts and queries take longer the more an owner has. Each
 *  insert reads as many index entries, so that the ceiling bounds its cost. */
#define GP_POSITIONS_DEFAULT 1000
#define GP_POSITIONS_CEILING 10000

/* ---- answers ---- */

/** positions: GraphProfilePageSize. A page is held in memory until the client has read it. */
#define GP_PAGE_DEFAULT 100
#define GP_PAGE_CEILING 1000

/** bytes: of the documents on a page, the first excepted. They are in memory twice while the answer is
 *  made, and once until the client has read it: some 40 clients of a child that do not read hold 20 MB. */
#define GP_PAGE_BYTES_MAX 524288

/** bytes: of answers that wait for their clients, larger ones alone. HTTP/2 takes all of an answer off its
 *  thread even if the client's window is closed, so that nothing else bounds them. A smaller one costs no
 *  more than the stream itself. One caller has half, so that slow clients of one account leave room for the
 *  others. */
#define GP_ANSWERS_MAX            16777216
#define GP_ANSWERS_CALLER_MAX     8388608
#define GP_ANSWERS_CONNECTION_MAX 2097152
#define GP_ANSWERS_SMALL_MAX      16384

/** problems: listed in an error. A body of 64 KiB can have 10,000. */
#define GP_DETAILS_MAX 256

/** bytes: of a client's property name in a message, and in a target. An error is not longer than a body. */
#define GP_NAME_MESSAGE_MAX 100
#define GP_NAME_TARGET_MAX  128

/** bytes: of a stored document whose tree a thread makes without waiting for its turn. */
#define GP_SCRATCH_SMALL_MAX 16384

/** threads: that have the tree of a larger document at a time. A tree can be 40 times as long. */
#define GP_SCRATCH_LARGE_MAX 1

/* ---- the database ---- */

/** attempts: of a statement that loses against another transaction. */
#define GP_STATEMENT_ATTEMPTS 4

/** attempts: of a PATCH whose position others change between its read and its write. */
#define GP_UPDATE_ATTEMPTS 50

/** rows: of an owner that a statement of constant cost looks at. What takes more is a statement of a class
 *  that may not have all connections. It is above the positions that an owner may have by default. */
#define GP_SCAN_MAX 2000

/** statements: in one batch. All of them wait for the slowest. */
#define GP_BATCH_MAX 32

/** cancel requests: under way at a time in a child. Each is a connection to PostgreSQL. */
#define GP_CANCELS_MAX 4

/** seconds: GraphProfileTimeout, GraphProfileQueueTimeout: of all statements and waits of a request. */
#define GP_TIMEOUT_DEFAULT       10
#define GP_QUEUE_TIMEOUT_DEFAULT 2

#endif
