/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Log messages for administrators. The caller decides where they go.
 */
#include "log.h"

#include <apr_strings.h>

#include <stdarg.h>

#define MESSAGE_SIZE 2048

void gp_log_message(const gp_log *log, const char *file, int line, gp_log_level level,
                    const char *format, ...)
{
    char message[MESSAGE_SIZE];
    va_list arguments;

    va_start(arguments, format);
    apr_vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    log->write(log->context, file, line, level, message);
}
