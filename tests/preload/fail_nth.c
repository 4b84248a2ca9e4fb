/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loaded with LD_PRELOAD, this library makes the n-th call fail among those of the module and apr_dbd
 * to libpq, and those for memory and descriptors of connections. A file that all processes map selects
 * the call and the failure, and receives the number of calls. tests/http/test_nth_failure.py uses it.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <apr_allocator.h>
#include <apr_general.h>
#include <libpq-events.h>
#include <libpq-fe.h>

/* The fields of the file, in order. */
typedef struct {
    atomic_int nth; /* the call that fails; 0: none */
    /* Of a statement: fail after its execution. 2: and what the server sends next arrives. 3: libpq lacks memory for the
     * rows. */
    atomic_int is_answer;
    atomic_int descriptors; /* in addition, no descriptors are left */
    atomic_int calls;
} orders;

static orders *told;

__attribute__((constructor)) static void open_file(void)
{
    const char *path = getenv("FAIL_NTH");
    int file = path != NULL ? open(path, O_RDWR) : -1;

    if (file >= 0) {
        void *mapped = mmap(NULL, sizeof *told, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);

        told = mapped != MAP_FAILED ? mapped : NULL;
        close(file);
    }
}

static int is_due(int is_statement)
{
    int nth = told != NULL && (is_statement || !told->is_answer) ? told->nth : 0;

    return nth != 0 && atomic_fetch_add(&told->calls, 1) + 1 == nth;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static PGresult *lose_answer(PGconn *connection, PGresult *result)
{
    struct pollfd next = {PQsocket(connection), POLLIN, 0};

    PQclear(result);
    if (told->is_answer == 2)
        poll(&next, 1, 100);
    shutdown(PQsocket(connection), SHUT_RDWR);
    REAL(PQconsumeInput)(connection);
    return PQmakeEmptyPGresult(connection, PGRES_FATAL_ERROR);
}

/* The selected statement: the connection breaks before it, or before its answer. libpq notices by
 * itself. */
#define EXECUTE(connection, call)                                                                  \
    int due = (told == NULL || told->is_answer != 3) && is_due(1);                                 \
    PGresult *result;                                                                              \
                                                                                                   \
    if (due && !told->is_answer)                                                                   \
        shutdown(PQsocket(connection), SHUT_RDWR);                                                 \
    result = call;                                                                                 \
    return due && told->is_answer ? lose_answer(connection, result) : result

PGresult *PQexec(PGconn *connection, const char *query)
{
    EXECUTE(connection, REAL(PQexec)(connection, query));
}

PGresult *PQexecPrepared(PGconn *connection, const char *name, int count, const char *const *values,
                         const int *lengths, const int *formats, int format)
{
    EXECUTE(connection,
            REAL(PQexecPrepared)(connection, name, count, values, lengths, formats, format));
}

PGresult *PQexecParams(PGconn *connection, const char *command, int count, const Oid *types,
                       const char *const *values, const int *lengths, const int *formats,
                       int format)
{
    EXECUTE(connection, REAL(PQexecParams)(connection, command, count, types, values, lengths,
                                           formats, format));
}

/* The selected batch: it does not start, a statement does not fit into memory, the connection breaks
 * while it is sent, or one of its answers is lost. */
int PQenterPipelineMode(PGconn *connection)
{
    return is_due(0) ? 0 : REAL(PQenterPipelineMode)(connection);
}

int PQsendQueryPrepared(PGconn *connection, const char *name, int count, const char *const *values,
                        const int *lengths, const int *formats, int format)
{
    /* libpq also calls it internally. */
    if (PQpipelineStatus(connection) != PQ_PIPELINE_OFF && is_due(0))
        return 0;
    return REAL(PQsendQueryPrepared)(connection, name, count, values, lengths, formats, format);
}

int PQsendPrepare(PGconn *connection, const char *name, const char *query, int count,
                  const Oid *types)
{
    return is_due(0) ? 0 : REAL(PQsendPrepare)(connection, name, query, count, types);
}

int PQsetnonblocking(PGconn *connection, int arg)
{
    return is_due(0) ? -1 : REAL(PQsetnonblocking)(connection, arg);
}

int PQsendFlushRequest(PGconn *connection)
{
    return is_due(0) ? 0 : REAL(PQsendFlushRequest)(connection);
}

int PQflush(PGconn *connection)
{
    if (is_due(0))
        shutdown(PQsocket(connection), SHUT_RDWR);
    return REAL(PQflush)(connection);
}

int PQpipelineSync(PGconn *connection)
{
    if (is_due(0))
        shutdown(PQsocket(connection), SHUT_RDWR);
    return REAL(PQpipelineSync)(connection);
}

/* As libpq does it: an error without an SQLSTATE takes the place of the rows, and the connection stays. */
static PGresult *lack_memory(PGconn *connection, PGresult *result)
{
    if (PQresultStatus(result) != PGRES_TUPLES_OK || !is_due(1))
        return result;
    PQclear(result);
    return PQmakeEmptyPGresult(connection, PGRES_FATAL_ERROR);
}

PGresult *PQgetResult(PGconn *connection)
{
    if (PQpipelineStatus(connection) == PQ_PIPELINE_OFF)
        return REAL(PQgetResult)(connection);
    if (told != NULL && told->is_answer == 3)
        return lack_memory(connection, REAL(PQgetResult)(connection));
    EXECUTE(connection, REAL(PQgetResult)(connection));
}

int PQexitPipelineMode(PGconn *connection)
{
    return is_due(0) ? 0 : REAL(PQexitPipelineMode)(connection);
}

PGconn *PQconnectdb(const char *conninfo)
{
    return REAL(PQconnectdb)(is_due(0) ? "host=/nowhere" : conninfo);
}

int PQconsumeInput(PGconn *connection)
{
    return is_due(0) ? 0 : REAL(PQconsumeInput)(connection);
}

void PQreset(PGconn *connection)
{
    REAL(PQreset)(connection);
    if (is_due(0))
        shutdown(PQsocket(connection), SHUT_RDWR);
}

int PQregisterEventProc(PGconn *connection, PGEventProc proc, const char *name, void *data)
{
    return is_due(0) ? 0 : REAL(PQregisterEventProc)(connection, proc, name, data);
}

PGcancel *PQgetCancel(PGconn *connection)
{
    return is_due(0) ? NULL : REAL(PQgetCancel)(connection);
}

apr_status_t apr_allocator_create(apr_allocator_t **allocator)
{
    return is_due(0) ? APR_ENOMEM : REAL(apr_allocator_create)(allocator);
}

/* Only the module calls it, to duplicate the socket of each connection. */
int fcntl(int file, int command, ...)
{
    va_list rest;
    void *argument;

    va_start(rest, command);
    argument = va_arg(rest, void *);
    va_end(rest);
    if (command == F_DUPFD_CLOEXEC && ((told != NULL && told->descriptors) || is_due(0))) {
        errno = EMFILE;
        return -1;
    }
    return REAL(fcntl)(file, command, argument);
}
