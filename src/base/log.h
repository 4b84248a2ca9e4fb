/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_LOG_H
#define GP_LOG_H

#include <stdbool.h>

/** How severe a message is: the levels of syslog(3), which httpd uses, too. */
typedef enum {
    GP_LOG_CRITICAL = 2,
    GP_LOG_ERROR = 3,
    GP_LOG_NOTICE = 5,
    GP_LOG_INFO = 6,
    GP_LOG_DEBUG = 7
} gp_log_level;

/** Where messages go: the error log of httpd, or what a program or a test takes instead. */
typedef struct {
    /** @return whether messages of this level are written */
    bool (*wants)(void *context, gp_log_level level);
    /** Write a message of one line. @param file, line  of the source that writes it */
    void (*write)(void *context, const char *file, int line, gp_log_level level,
                  const char *message);
    void *context;
} gp_log;

/** Format and write a message, cut at 2 KiB. Use GP_LOG. */
void gp_log_message(const gp_log *log, const char *file, int line, gp_log_level level,
                    const char *format, ...) __attribute__((format(printf, 5, 6)));

/** Log a message as printf(3) formats it, if its level is wanted; otherwise the arguments are not evaluated. */
#define GP_LOG(log, level, ...)                                                                    \
    do {                                                                                           \
        if ((log)->wants((log)->context, level))                                                   \
            gp_log_message(log, __FILE__, __LINE__, level, __VA_ARGS__);                           \
    } while (0)

#endif
