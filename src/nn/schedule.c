/* Schedules: their text, their formulas. */
#include "nn/schedule.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number_exact.h"
#include "base/number_text.h"

static const uint32_t longest = 1000000000;

/* ---- text ---- */

/* What a schedule holds before its keys are read. */
static const struct row {
    const char *name, *keys;
    struct schedule usual;
} rows[] = {
    [SCHEDULE_CONSTANT] = {"constant", "", {.kind = SCHEDULE_CONSTANT}},
    [SCHEDULE_STEP] = {"step",
                       "epochs steps factor",
                       {.kind = SCHEDULE_STEP, .length = {3, true}, .factor = 0.1}},
    [SCHEDULE_EXPONENTIAL] = {"exponential",
                              "epochs steps factor",
                              {.kind = SCHEDULE_EXPONENTIAL, .length = {1, true}, .factor = 0.9}},
    [SCHEDULE_COSINE] = {"cosine", "epochs steps min held", {.kind = SCHEDULE_COSINE}},
    [SCHEDULE_PIECEWISE] = {"piecewise", "epochs steps factor", {.kind = SCHEDULE_PIECEWISE}},
    [SCHEDULE_PLATEAU] =
        {"plateau",
         "epochs steps factor patience threshold cooldown min",
         {.kind = SCHEDULE_PLATEAU, .length = {1, true}, .factor = 0.1, .patience = 10, .threshold = 1e-4}},
};
enum { ROW_COUNT = sizeof rows / sizeof *rows };

static const char warmup_keys[] = "epochs steps from";

const char *schedule_name(enum schedule_kind kind) { return rows[kind].name; }

/* Splits at the first `c`; the rest, or NULL without one. */
static char *split(char *text, char c)
{
    char *at = strchr(text, c);
    if (at)
        *at++ = '\0';
    return at;
}

static bool is_listed(const char *keys, const char *key)
{
    const size_t length = strlen(key);
    for (const char *at = strstr(keys, key); at && length > 0; at = strstr(at + 1, key))
        if ((at == keys || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0'))
            return true;
    return false;
}

static bool read_count(const char *key, const char *text, uint32_t least, uint32_t *value, struct error *err)
{
    char *end;
    errno = 0;
    const unsigned long long parsed = strtoull(text, &end, 10);
    if (end == text || *end || errno || *text == '-' || parsed < least || parsed > longest)
        return error_set(err, "%s: expected a whole number from %u to %u, found \"%.40s\"", key, least,
                         longest, text);
    *value = (uint32_t)parsed;
    return true;
}

static bool read_number(const char *key, const char *text, double low, double high, double *value,
                        struct error *err)
{
    char *end;
    const double parsed = strtod(text, &end);
    if (end == text || *end || !(parsed >= low) || !(parsed <= high))
        return error_set(err, "%s: expected a number from %s to %s, found \"%.40s\"", key,
                         LS_NUMBER_LIMIT(low), LS_NUMBER_LIMIT(high), text);
    *value = parsed;
    return true;
}

/* "1000/2000" for the places, "0.1/0.01" for the factors, as many. */
static bool read_pieces(const char *key, char *text, struct schedule *s, bool places, struct error *err)
{
    int count = 0;
    for (char *next; text; text = next, count++) {
        next = split(text, '/');
        if (count == SCHEDULE_PIECES)
            return error_set(err, "%s: expected at most %d numbers", key, SCHEDULE_PIECES);
        if (places ? !read_count(key, text, 1, &s->places[count], err)
                   : !read_number(key, text, 0, 1e6, &s->factors[count], err))
            return false;
        if (places && count > 0 && s->places[count] <= s->places[count - 1])
            return error_set(err, "%s: expected growing numbers, found %u after %u", key, s->places[count],
                             s->places[count - 1]);
    }
    if (places)
        s->pieces = count;
    return true;
}

static bool read_small(const char *key, const char *text, int *value, struct error *err)
{
    uint32_t parsed = 0;
    if (!read_count(key, text, 0, &parsed, err))
        return false;
    *value = (int)parsed;
    return true;
}

static bool read_length(const char *key, char *value, struct schedule *s, bool warmup, struct error *err)
{
    const struct schedule_length length = {.count = 1, .epochs = key[0] == 'e'};
    struct schedule_length *to = warmup ? &s->warmup : &s->length;
    *to = length;
    if (s->kind == SCHEDULE_PIECEWISE && !warmup)
        return read_pieces(key, value, s, true, err);
    return read_count(key, value, 1, &to->count, err);
}

static bool read_key(const char *key, char *value, struct schedule *s, bool warmup, struct error *err)
{
    uint32_t held = 0;
    if (strcmp(key, "epochs") == 0 || strcmp(key, "steps") == 0)
        return read_length(key, value, s, warmup, err);
    if (strcmp(key, "from") == 0)
        return read_number(key, value, 0, 1, &s->warmup_from, err);
    if (strcmp(key, "factor") == 0)
        return s->kind == SCHEDULE_PIECEWISE ? read_pieces(key, value, s, false, err)
                                             : read_number(key, value, 0, 10, &s->factor, err);
    if (strcmp(key, "min") == 0)
        return read_number(key, value, 0, 1e6, &s->min, err);
    if (strcmp(key, "threshold") == 0)
        return read_number(key, value, 0, 1, &s->threshold, err);
    if (strcmp(key, "patience") == 0)
        return read_small(key, value, &s->patience, err);
    if (strcmp(key, "cooldown") == 0)
        return read_small(key, value, &s->cooldown, err);
    if (!read_count(key, value, 0, &held, err))
        return false;
    s->held = held > 0;
    return true;
}

/* "key=value,key=value" of one term. */
static bool read_keys(const char *name, const char *keys, char *text, struct schedule *s, bool warmup,
                      struct error *err)
{
    bool has_length = false;
    for (char *next; text; text = next) {
        next = split(text, ',');
        char *value = split(text, '=');
        if (!value || !is_listed(keys, text))
            return error_set(err, "%s: expected %s%s, found \"%.40s\"", name,
                             keys[0] ? "key=value with one of " : "no keys", keys, text);
        const bool is_length = strcmp(text, "epochs") == 0 || strcmp(text, "steps") == 0;
        if (is_length && has_length)
            return error_set(err, "%s: expected epochs or steps, found both", name);
        has_length = has_length || is_length;
        if (!read_key(text, value, s, warmup, err))
            return error_prefix(err, "%s", name);
    }
    return true;
}

static bool read_main(char *text, struct schedule *s, struct error *err)
{
    const struct schedule before = *s;
    char *keys = split(text, ':');
    int kind = 0;
    while (kind < ROW_COUNT && strcmp(rows[kind].name, text) != 0)
        kind++;
    if (kind == ROW_COUNT)
        return error_set(err,
                         "expected constant, step, exponential, cosine, piecewise or plateau, alone or after "
                         "\"warmup+\", found \"%.40s\"",
                         text);
    *s = rows[kind].usual;
    s->warmup = before.warmup;
    s->warmup_from = before.warmup_from;
    for (int i = 0; i < SCHEDULE_PIECES; i++)
        s->factors[i] = -1.0;
    if (!read_keys(rows[kind].name, rows[kind].keys, keys, s, false, err))
        return false;
    int factors = 0;
    for (int i = 0; i < SCHEDULE_PIECES; i++)
        if (s->factors[i] < 0.0)
            s->factors[i] = 0.0;
        else
            factors++;
    return kind != SCHEDULE_PIECEWISE || (s->pieces > 0 && factors == s->pieces) ||
           error_set(err,
                     "piecewise: expected as many factors as places, such as piecewise:epochs=2/4,"
                     "factor=0.1/0.01, found %d and %d",
                     factors, s->pieces);
}

bool schedule_parse(struct schedule *schedule, const char *text, struct error *err)
{
    char copy[SCHEDULE_TEXT];
    struct schedule s = {0};
    if (strlen(text) >= sizeof copy)
        return error_set(err, "expected at most %d characters, found %zu", SCHEDULE_TEXT - 1, strlen(text));
    strcpy(copy, text);
    char *first = copy;
    if (strncmp(copy, "warmup", 6) == 0 && (copy[6] == ':' || copy[6] == '+' || !copy[6])) {
        first = split(copy, '+');
        s.warmup = (struct schedule_length){500, false};
        s.warmup_from = 1.0 / 3.0;
        if (!read_keys("warmup", warmup_keys, split(copy, ':'), &s, true, err))
            return false;
    }
    if (first && !read_main(first, &s, err))
        return false;
    *schedule = s;
    return true;
}

/* Appends; what does not fit is cut, which SCHEDULE_TEXT prevents. */
static void add(char *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(char *text, const char *format, ...)
{
    const size_t used = strlen(text);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text + used, SCHEDULE_TEXT - used, format, arguments);
    va_end(arguments);
}

static void add_number(char *text, const char *before, double value)
{
    char digits[NUMBER_EXACT_SIZE];
    add(text, "%s%s", before, number_exact(digits, value));
}

/* What stands before a key. */
static const char *comma(const char *text) { return text[strlen(text) - 1] == ':' ? "" : ","; }

static void add_key(char *text, const char *key, double value)
{
    add(text, "%s%s", comma(text), key);
    add_number(text, "=", value);
}

static void add_length(char *text, const struct schedule_length *length)
{
    if (length->count > 0)
        add_key(text, length->epochs ? "epochs" : "steps", length->count);
}

static void add_pieces(char *text, const struct schedule *s)
{
    add(text, "%s=", s->length.epochs ? "epochs" : "steps");
    for (int i = 0; i < s->pieces; i++)
        add(text, "%s%u", i ? "/" : "", s->places[i]);
    for (int i = 0; i < s->pieces; i++)
        add_number(text, i ? "/" : ",factor=", s->factors[i]);
}

static void add_main(char *text, const struct schedule *s)
{
    add(text, "%s:", rows[s->kind].name);
    if (s->kind == SCHEDULE_PIECEWISE)
        add_pieces(text, s);
    else
        add_length(text, &s->length);
    if (is_listed(rows[s->kind].keys, "factor") && s->kind != SCHEDULE_PIECEWISE)
        add_key(text, "factor", s->factor);
    if (s->kind == SCHEDULE_PLATEAU) {
        add_key(text, "patience", s->patience);
        add_key(text, "threshold", s->threshold);
        add_key(text, "cooldown", s->cooldown);
    }
    if (s->min > 0.0)
        add_key(text, "min", s->min);
    if (s->held)
        add_key(text, "held", 1);
    if (text[strlen(text) - 1] == ':')
        text[strlen(text) - 1] = '\0';
}

const char *schedule_print(const struct schedule *s, char text[SCHEDULE_TEXT])
{
    text[0] = '\0';
    if (s->warmup.count > 0) {
        add(text, "warmup:");
        add_length(text, &s->warmup);
        add_key(text, "from", s->warmup_from);
        if (s->kind == SCHEDULE_CONSTANT)
            return text;
        add(text, "+");
    }
    add_main(text, s);
    return text;
}

/* ---- rates ---- */

static uint64_t length_in_steps(const struct schedule_length *length, uint32_t steps_per_epoch)
{
    return length->epochs ? (uint64_t)length->count * steps_per_epoch : length->count;
}

void schedule_complete(struct schedule *schedule, uint64_t steps, uint32_t steps_per_epoch)
{
    if (schedule->kind != SCHEDULE_COSINE || schedule->length.count > 0)
        return;
    const uint64_t before = length_in_steps(&schedule->warmup, steps_per_epoch);
    const uint64_t left = steps > before ? steps - before : 0;
    schedule->length = left == 0 ? (struct schedule_length){10, true}
                                 : (struct schedule_length){left < longest ? (uint32_t)left : longest, false};
}

void schedule_begin(struct schedule_state *state) { *state = (struct schedule_state){.scale = 1.0}; }

/* `t` in the schedule's unit. */
static double rate_at(const struct schedule *s, const struct schedule_state *state, double base, uint64_t t)
{
    const double length = s->length.count > 0 ? s->length.count : 1.0, min = s->min;
    double factor = 1.0;
    switch (s->kind) {
    case SCHEDULE_CONSTANT:
        return base;
    case SCHEDULE_STEP:
        return base * pow(s->factor, floor((double)t / length));
    case SCHEDULE_EXPONENTIAL:
        return base * pow(s->factor, (double)t / length);
    case SCHEDULE_COSINE:
        if (s->held && (double)t > length)
            return min;
        return min + (base - min) * (1.0 + cos(3.14159265358979323846 * (double)t / length)) / 2.0;
    case SCHEDULE_PIECEWISE:
        for (int i = 0; i < s->pieces && t >= s->places[i]; i++)
            factor = s->factors[i];
        return base * factor;
    case SCHEDULE_PLATEAU:
        return base * state->scale;
    }
    return base;
}

float schedule_rate(const struct schedule *s, const struct schedule_state *state, float base, uint64_t steps,
                    uint32_t steps_per_epoch)
{
    const uint64_t warm = length_in_steps(&s->warmup, steps_per_epoch);
    double rate = (double)base;
    if (steps < warm) {
        const uint64_t unit = s->warmup.epochs ? steps_per_epoch : 1;
        const double from = s->warmup_from;
        rate *= from + (1.0 - from) * (double)(steps / unit) / (double)s->warmup.count;
        return (float)(s->kind == SCHEDULE_PLATEAU ? rate * state->scale : rate);
    }
    const uint64_t left = steps - warm;
    return (float)rate_at(s, state, rate, s->length.epochs ? left / steps_per_epoch : left);
}

bool schedule_watches(const struct schedule *s, uint64_t steps, uint32_t steps_per_epoch)
{
    return s->kind == SCHEDULE_PLATEAU && steps > 0 &&
           steps % length_in_steps(&s->length, steps_per_epoch) == 0;
}

/* PyTorch leaves alone what would change by 1e-8 or less. */
static bool lower(const struct schedule *s, struct schedule_state *state, double base)
{
    const double before = base * state->scale;
    const double wanted = before * s->factor, after = wanted > s->min ? wanted : s->min;
    if (!(before - after > 1e-8))
        return false;
    state->scale = after / base;
    return true;
}

bool schedule_note_loss(const struct schedule *s, struct schedule_state *state, float base, float loss)
{
    const double enough = (double)state->best * (1.0 - s->threshold);
    if (state->seen ? (double)loss < enough : isfinite(loss)) {
        state->seen = true;
        state->best = loss;
        state->bad = 0;
    } else {
        state->bad++;
    }
    if (state->cooling > 0) {
        state->cooling--;
        state->bad = 0;
    }
    if (state->bad <= s->patience)
        return false;
    state->cooling = s->cooldown;
    state->bad = 0;
    return lower(s, state, (double)base);
}
