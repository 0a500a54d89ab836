/* Failures of the world (file, shader, device, disk) as one line of text.
 *
 * A function that can fail takes a `struct error *`, returns false or NULL and
 * fills it. The first error wins: a later `error_set` leaves it as it is, so
 * clean-up code may fail without hiding the cause. A text says what was
 * expected, what was found, where, and what to do. */
#ifndef LS_BASE_ERROR_H
#define LS_BASE_ERROR_H

#include <stdbool.h>

enum error_class {
    ERROR_NONE = 0,
    ERROR_FAILED,     /* the work failed: exit status 1 */
    ERROR_USAGE,      /* wrong command line: exit status 2 */
    ERROR_INTERRUPTED /* stopped by Ctrl-C after finishing files: exit status 130 */
};

struct error {
    enum error_class class_;
    char message[1024];
};

/* Fills `err` unless it already holds an error; always returns false. `err` may be NULL. */
bool error_set(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The same for a wrong command line. */
bool error_set_usage(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The same with strerror(errno) appended. */
bool error_set_errno(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Puts "PREFIX: " before the message (which file, which layer). */
bool error_prefix(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Puts more behind the message. */
bool error_append(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A programmer's mistake: checked in every build. */
#define LS_ASSERT(condition) ((condition) ? (void)0 : ls_assert_failed(#condition, __FILE__, __LINE__))
void ls_assert_failed(const char *condition, const char *file, int line) __attribute__((noreturn));

#endif
