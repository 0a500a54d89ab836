/* Messages on stderr, one line each. A warning is counted, so that tests can fail on it. */
#ifndef LS_BASE_LOG_H
#define LS_BASE_LOG_H

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR };

/* Messages below `level` are dropped. Default: LOG_INFO. */
void log_set_level(enum log_level level);
void log_message(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Warnings and errors logged so far by any thread. */
int log_warning_count(void);

#define log_debug(...) log_message(LOG_DEBUG, __VA_ARGS__)
#define log_info(...) log_message(LOG_INFO, __VA_ARGS__)
#define log_warning(...) log_message(LOG_WARNING, __VA_ARGS__)
#define log_error(...) log_message(LOG_ERROR, __VA_ARGS__)

#endif
