/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loaded before all else (LD_PRELOAD), this has the n-th of the calls fail that the module and apr_dbd
 * make into libpq and for memory of connections. Which one, a file tells that all processes map; how
 * many there were it tells back. tests/http/test_nth_failure.py drives it.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <apr_allocator.h>
#include <apr_general.h>
#include <libpq-events.h>
#include <libpq-fe.h>

/* In the file, in this order. */
static struct {
    atomic_int nth; /* which call fails; 0: none */
    atomic_int calls;
} * told;

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

static int fails(void)
{
    int nth = told != NULL ? atomic_load(&told->nth) : 0;

    return nth != 0 && atomic_fetch_add(&told->calls, 1) + 1 == nth;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/* The connection breaks as the call begins: libpq finds out by itself. */
static void break_if_due(const PGconn *connection)
{
    if (fails())
        shutdown(PQsocket(connection), SHUT_RDWR);
}

PGresult *PQexec(PGconn *connection, const char *query)
{
    break_if_due(connection);
    return REAL(PQexec)(connection, query);
}

PGresult *PQexecPrepared(PGconn *connection, const char *name, int count, const char *const *values,
                         const int *lengths, const int *formats, int format)
{
    break_if_due(connection);
    return REAL(PQexecPrepared)(connection, name, count, values, lengths, formats, format);
}

PGresult *PQexecParams(PGconn *connection, const char *command, int count, const Oid *types,
                       const char *const *values, const int *lengths, const int *formats,
                       int format)
{
    break_if_due(connection);
    return REAL(PQexecParams)(connection, command, count, types, values, lengths, formats, format);
}

PGconn *PQconnectdb(const char *conninfo)
{
    return REAL(PQconnectdb)(fails() ? "host=/nowhere" : conninfo);
}

int PQconsumeInput(PGconn *connection)
{
    return fails() ? 0 : REAL(PQconsumeInput)(connection);
}

void PQreset(PGconn *connection)
{
    REAL(PQreset)(connection);
    break_if_due(connection);
}

int PQregisterEventProc(PGconn *connection, PGEventProc proc, const char *name, void *data)
{
    return fails() ? 0 : REAL(PQregisterEventProc)(connection, proc, name, data);
}

PGcancel *PQgetCancel(PGconn *connection)
{
    return fails() ? NULL : REAL(PQgetCancel)(connection);
}

apr_status_t apr_allocator_create(apr_allocator_t **allocator)
{
    return fails() ? APR_ENOMEM : REAL(apr_allocator_create)(allocator);
}
