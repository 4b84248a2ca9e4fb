/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_LOG_H
#define GP_LOG_H

#include <stdbool.h>

/** The severity of a message: the levels of syslog(3), which httpd uses too. */
typedef enum {
    GP_LOG_CRITICAL = 2,
    GP_LOG_ERROR = 3,
    GP_LOG_NOTICE = 5,
    GP_LOG_INFO = 6,
    GP_LOG_DEBUG = 7
} gp_log_level;

/** The destination of messages: the error log of httpd, or the output of a program or a test. */
typedef struct {
    /** @return true if messages of this level are written */
    bool (*wants)(void *context, gp_log_level level);
    /** Write a message of one line. @param file, line  the source position of the call */
    void (*write)(void *context, const char *file, int line, gp_log_level level,
                  const char *message);
    void *context;
} gp_log;

/** Format and write a message; it is cut at 2 KiB. Use GP_LOG instead. */
void gp_log_message(const gp_log *log, const char *file, int line, gp_log_level level,
                    const char *format, ...) __attribute__((format(printf, 5, 6)));

/** Log a message, formatted as by printf(3). The arguments are evaluated only if the level is enabled. */
#define GP_LOG(log, level, ...)                                                                    \
    do {                                                                                           \
        if ((log)->wants((log)->context, level))                                                   \
            gp_log_message(log, __FILE__, __LINE__, level, __VA_ARGS__);                           \
    } while (0)

#endif
