/* Labels from whatever stands for them. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "data/finish.h"

/* The different values so far, ascending. */
struct table {
    int count;
    int64_t numbers[DATA_MAX_CLASSES];
    const char *texts[DATA_MAX_CLASSES];
};

struct key {
    int64_t number;
    const char *text; /* NULL: the number counts */
};

static int compare(const struct table *table, int at, struct key key)
{
    if (key.text)
        return strcmp(table->texts[at], key.text);
    return (table->numbers[at] > key.number) - (table->numbers[at] < key.number);
}

/* Where the key is or belongs. */
static int place(const struct table *table, struct key key, bool *found)
{
    int low = 0, high = table->count;
    while (low < high) {
        const int middle = (low + high) / 2;
        if (compare(table, middle, key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *found = low < table->count && compare(table, low, key) == 0;
    return low;
}

static bool insert(struct table *table, struct key key, const char *origin, struct error *err)
{
    bool found;
    const int at = place(table, key, &found);
    if (found)
        return true;
    if (table->count == DATA_MAX_CLASSES)
        return error_set(err,
                         "%s: the labels have more than %d different values; if they are measurements, say "
                         "task=regress",
                         origin, DATA_MAX_CLASSES);
    const size_t rest = (size_t)(table->count - at);
    memmove(table->numbers + at + 1, table->numbers + at, rest * sizeof *table->numbers);
    memmove(table->texts + at + 1, table->texts + at, rest * sizeof *table->texts);
    table->numbers[at] = key.number;
    table->texts[at] = key.text;
    table->count++;
    return true;
}

/* The labels of one split, as either kind. */
struct raw {
    const int64_t *numbers;
    char *const *texts;
};

static struct key key_at(struct raw raw, uint32_t i)
{
    return (struct key){raw.numbers ? raw.numbers[i] : 0, raw.texts ? raw.texts[i] : NULL};
}

static void set_labels(struct dataset *set, const struct table *table, struct raw raw)
{
    set->labels = ls_calloc(set->count, sizeof *set->labels);
    for (uint32_t i = 0; i < set->count; i++) {
        bool found;
        set->labels[i] = place(table, key_at(raw, i), &found);
    }
}

static bool number_classes(struct data *data, struct raw train, struct raw test, const char *origin,
                           struct error *err)
{
    struct table table = {0};
    for (uint32_t i = 0; i < data->train.count; i++)
        if (!insert(&table, key_at(train, i), origin, err))
            return false;
    for (uint32_t i = 0; i < data->test.count; i++)
        if (!insert(&table, key_at(test, i), origin, err))
            return false;
    set_labels(&data->train, &table, train);
    if (data->test.count)
        set_labels(&data->test, &table, test);
    data->classes = table.count;
    data->class_names = ls_calloc(DATA_MAX_CLASSES, sizeof *data->class_names);
    for (int c = 0; c < table.count; c++)
        data->class_names[c] =
            table.texts[c] ? ls_strdup(table.texts[c]) : ls_sprintf("%" PRId64, table.numbers[c]);
    return true;
}

bool classes_from_numbers(struct data *data, const int64_t *train, const int64_t *test, const char *origin,
                          struct error *err)
{
    return number_classes(data, (struct raw){train, NULL}, (struct raw){test, NULL}, origin, err);
}

bool classes_from_texts(struct data *data, char *const *train, char *const *test, const char *origin,
                        struct error *err)
{
    return number_classes(data, (struct raw){NULL, train}, (struct raw){NULL, test}, origin, err);
}
