/* What a terminal is given. Names of files, cells of a CSV, tensors and layers may hold bytes that a terminal
 * acts on: it would move, colour, hide or rewrite what the reader sees. All that is printed for people passes
 * through here, and such bytes are written out. Any thread. */
#ifndef LS_BASE_TERMINAL_H
#define LS_BASE_TERMINAL_H

#include <stdio.h>

/* `text` in fresh memory with all else than printable UTF-8 written out: control characters and DEL as \n,
 * \t, \r or \x1b, those of U+0080 … U+009F and what turns the direction of writing as \u009b, and bytes that
 * are no UTF-8 as \xff. */
char *printable(const char *text);
/* The same for JSON, where such characters stand in texts alone: \u007f; what is no UTF-8 is \ufffd. What
 * cJSON escapes stays as it is, line breaks between members too. */
char *printable_json(const char *json);

/* printf whose own line breaks at the beginning and the end of `format` stay; all between is made printable.
 */
void terminal_print(FILE *stream, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
