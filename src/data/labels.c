/* Classes or targets, and which. */
#include "data/labels.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/number_text.h"
#include "data/csv_table.h"

/* So few samples may well be all different. */
enum { LEAST_SUSPICIOUS = 5 };

/* Whole numbers beyond this are ids, and a double does not hold each of them. */
static const double most_label = 1e15;

/* The different values so far, ascending. */
struct table {
    int count;
    double numbers[DATA_MAX_CLASSES];
    const char *texts[DATA_MAX_CLASSES];
};

static int compare(const struct table *table, int at, struct answers answers, uint32_t i)
{
    if (answers.texts)
        return strcmp(table->texts[at], answers.texts[i]);
    return (table->numbers[at] > answers.numbers[i]) - (table->numbers[at] < answers.numbers[i]);
}

/* Where answer `i` is or belongs. */
static int place(const struct table *table, struct answers answers, uint32_t i, bool *found)
{
    int low = 0, high = table->count;
    while (low < high) {
        const int middle = (low + high) / 2;
        if (compare(table, middle, answers, i) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *found = low < table->count && compare(table, low, answers, i) == 0;
    return low;
}

static const char *before(const char *proposal) { return *proposal ? "; " : ""; }

static bool insert(struct table *table, struct answers answers, uint32_t i,
                   const struct answers_origin *origin, struct error *err)
{
    bool found;
    const int at = place(table, answers, i, &found);
    if (found)
        return true;
    if (table->count == DATA_MAX_CLASSES)
        return error_set(err,
                         "%s: the labels have more than %d different values; if they are measurements, say "
                         "task=regress%s%s",
                         origin->where, DATA_MAX_CLASSES, before(origin->proposal), origin->proposal);
    const size_t rest = (size_t)(table->count - at);
    memmove(table->numbers + at + 1, table->numbers + at, rest * sizeof *table->numbers);
    memmove(table->texts + at + 1, table->texts + at, rest * sizeof *table->texts);
    table->numbers[at] = answers.numbers ? answers.numbers[i] : 0.0;
    table->texts[at] = answers.texts ? answers.texts[i] : NULL;
    table->count++;
    return true;
}

static void set_labels(struct dataset *set, const struct table *table, struct answers answers)
{
    set->labels = ls_calloc(set->count, sizeof *set->labels);
    for (uint32_t i = 0; i < set->count; i++) {
        bool found;
        set->labels[i] = place(table, answers, i, &found);
    }
}

static char *class_name(const struct table *table, int class)
{
    return table->texts[class] ? ls_strdup(table->texts[class])
                               : ls_sprintf("%" PRId64, (int64_t)table->numbers[class]);
}

static bool check_classes(const struct data *data, const struct table *table, enum data_task task,
                          const struct answers_origin *origin, struct error *err)
{
    const uint64_t samples = (uint64_t)data->train.count + data->test.count;
    if (table->count == 1) {
        char *name = class_name(table, 0);
        error_set(err, "%s: expected at least 2 classes, found 1: every value is \"%.60s\"%s%s",
                  origin->where, name, before(origin->proposal), origin->proposal);
        free(name);
        return false;
    }
    if (task == TASK_CLASSIFY || table->count < LEAST_SUSPICIOUS || 2 * (uint64_t)table->count <= samples)
        return true;
    return error_set(err,
                     "%s: its %" PRIu64 " values would be %d classes, about one sample each%s%s; if they are "
                     "measurements, say task=regress; if they are classes all the same, task=classify",
                     origin->where, samples, table->count, before(origin->proposal), origin->proposal);
}

static bool take_classes(struct data *data, enum data_task task, struct answers train, struct answers test,
                         const struct answers_origin *origin, struct error *err)
{
    struct table table = {0};
    for (uint32_t i = 0; i < data->train.count; i++)
        if (!insert(&table, train, i, origin, err))
            return false;
    for (uint32_t i = 0; i < data->test.count; i++)
        if (!insert(&table, test, i, origin, err))
            return false;
    if (!check_classes(data, &table, task, origin, err))
        return false;
    set_labels(&data->train, &table, train);
    if (data->test.count)
        set_labels(&data->test, &table, test);
    data->classes = table.count;
    data->class_names = ls_calloc(DATA_MAX_CLASSES, sizeof *data->class_names);
    for (int c = 0; c < table.count; c++)
        data->class_names[c] = class_name(&table, c);
    return true;
}

static void take_targets(struct dataset *set, const double *numbers)
{
    if (set->count == 0)
        return;
    set->targets = ls_calloc(set->count, sizeof *set->targets);
    for (uint32_t i = 0; i < set->count; i++)
        set->targets[i] = (float)numbers[i];
}

/* The numbers that the texts spell, in fresh memory; NULL when one of them is a word. */
static double *as_numbers(const struct dataset *set, struct answers answers)
{
    double *numbers = ls_calloc(set->count, sizeof *numbers);
    for (uint32_t i = 0; i < set->count; i++) {
        if (answers.numbers)
            numbers[i] = answers.numbers[i];
        else if (!csv_number(answers.texts[i], &numbers[i]) || !isfinite(numbers[i])) {
            free(numbers);
            return NULL;
        }
    }
    return numbers;
}

static bool is_label(double value) { return fabs(value) < most_label && value == floor(value); }

/* The first that no class can be named after; -1: none. */
static long long find_fraction(const struct dataset *set, const double *numbers)
{
    for (uint32_t i = 0; i < set->count; i++)
        if (!is_label(numbers[i]))
            return i;
    return -1;
}

static bool decide_numbers(struct data *data, enum data_task task, const double *train, const double *test,
                           const struct answers_origin *origin, struct error *err)
{
    const long long at = find_fraction(&data->train, train);
    const bool fractions = at >= 0 || find_fraction(&data->test, test) >= 0;
    if (task == TASK_CLASSIFY && fractions)
        return error_set(err,
                         "%s: label %lld is %s; expected whole numbers; for measurements say task=regress",
                         origin->where, at < 0 ? find_fraction(&data->test, test) : at,
                         LS_NUMBER_GIVEN(at < 0 ? test[find_fraction(&data->test, test)] : train[at]));
    if (!fractions && task != TASK_REGRESS)
        return take_classes(data, task, (struct answers){NULL, train}, (struct answers){NULL, test}, origin,
                            err);
    data->targets = 1;
    take_targets(&data->train, train);
    take_targets(&data->test, test);
    return true;
}

bool labels_decide(struct data *data, enum data_task task, struct answers train, struct answers test,
                   const struct answers_origin *origin, struct error *err)
{
    double *a = as_numbers(&data->train, train), *b = a ? as_numbers(&data->test, test) : NULL;
    const bool ok = a && b ? decide_numbers(data, task, a, b, origin, err)
                    : task == TASK_REGRESS
                        ? error_set(err, "%s: expected numbers to be predicted, found text", origin->where)
                        : take_classes(data, task, train, test, origin, err);
    free(a);
    free(b);
    return ok;
}
