/* The generated table of embedded files; private to base/embedded.c. */
#ifndef LS_BASE_EMBEDDED_TABLE_H
#define LS_BASE_EMBEDDED_TABLE_H

struct embedded_file {
    const char *name; /* NULL ends the table */
    const unsigned char *begin, *end;
};

extern const struct embedded_file embedded_files[];

#endif
