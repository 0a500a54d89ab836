/* Counts of checks and the texts of the first and the worst one. */
#ifndef LS_TESTS_REPORT_H
#define LS_TESTS_REPORT_H

#include "parity.h"

/* One check: |expected − got| must be at most `allowed`; NaN fails. */
void report_check(struct parity_report *report, const char *case_name, const char *what, size_t index,
                  double expected, double got, double allowed);
void report_failure(struct parity_report *report, const char *case_name, const char *text);
/* One line on stdout, and the first failure if there is one. */
void report_print(const struct parity_report *report);

#endif
