/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_BOUNDS_H
#define GP_BOUNDS_H

#include "base/limits.h"

/*
 * The limits of the program, in addition to those of the module (base/limits.h). docs/bulk.md lists
 * them.
 */

/** bytes: --max-line. Reading a line takes up to 50 times its size in memory. */
#define GP_LINE_DEFAULT GP_BODY_CEILING
#define GP_LINE_CEILING 16777216

/** bytes: of an externalId, and of the name of a source. */
#define GP_EXTERNAL_ID_MAX 1024
#define GP_SOURCE_MAX      128

/** bytes: of the etag and of modifiedBy in an exported line. */
#define GP_ETAG_MAX 128

/** lines: --batch. A batch is one transaction. Its rows stay locked until it commits, and a request
 * that changes one of them waits that long. */
#define GP_CHUNK_DEFAULT 3000
#define GP_CHUNK_CEILING 20000

/** bytes: of the documents and the messages of a batch; its last line may exceed it. Two batches are
 * in memory. */
#define GP_CHUNK_BYTES_MAX 8388608

/** bytes: --max-document. */
#define GP_TOOL_DOCUMENT_DEFAULT (GP_DOCUMENT_BODIES * GP_BODY_DEFAULT)

/** percent: --max-removed. Without it, a truncated file would delete most positions of a source. */
#define GP_REMOVED_DEFAULT 10

/** rows: deleted by one DELETE of --replace, which is one transaction. */
#define GP_REMOVAL_MAX 1000

#endif
