#include "report.h"

#include <math.h>
#include <stdio.h>

void report_failure(struct parity_report *report, const char *case_name, const char *text)
{
    if (report->failures++ == 0)
        snprintf(report->first_failure, sizeof report->first_failure, "%s: %s", case_name, text);
}

void report_check(struct parity_report *report, const char *case_name, const char *what, size_t index,
                  double expected, double got, double allowed)
{
    report->checks++;
    const double error = fabs(expected - got);
    const bool passed = error <= allowed; /* false for NaN */
    const double share = allowed > 0 ? error / allowed : 0;
    if (passed && share <= report->worst)
        return;
    char text[300];
    snprintf(text, sizeof text, "%s, value %zu: expected %.9g, got %.9g, allowed difference %.2g", what,
             index, expected, got, allowed);
    if (share > report->worst) {
        report->worst = share;
        snprintf(report->worst_check, sizeof report->worst_check, "%s: %s", case_name, text);
    }
    if (!passed)
        report_failure(report, case_name, text);
}

void report_print(const struct parity_report *report)
{
    printf("%s: %d cases, %d checks, %d failures; worst difference %.2f of what is allowed\n", report->target,
           report->cases, report->checks, report->failures, report->worst);
    if (report->unclear > 0)
        printf("  %d runs too near to a kink to compare\n", report->unclear);
    if (report->failures > 0)
        printf("  first failure: %s\n", report->first_failure);
    if (report->worst > 0)
        printf("  worst: %s\n", report->worst_check);
}
