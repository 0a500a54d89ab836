/* Everything that a run writes down of itself reads back: schedules, optimizers and every field of a
 * checkpoint, over random values within what options and models may say. */
#include "test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "nn/checkpoint.h"
#include "nn/checkpoint_private.h"
#include "nn/initializer.h"
#include "nn/optimizer.h"
#include "nn/schedule.h"

enum { RUNS = 4000 };

static uint32_t run;
static uint64_t draw;

static uint32_t word(void) { return rng_word(7, RNG_TEST, run, draw++); }
static uint32_t below(uint32_t limit) { return word() % limit; }
static double share(void) { return (double)word() / 4294967296.0; }

/* Of any size from low to high, often at an end or whole. */
static double between(double low, double high)
{
    switch (below(4)) {
    case 0:
        return below(2) ? low : high;
    case 1:
        return fmin(high, fmax(low, floor(share() * high)));
    case 2:
        return low + share() * (high - low);
    default:
        return fmin(high, fmax(low, high * pow(10.0, -30.0 * share())));
    }
}

static uint32_t count(uint32_t least)
{
    static const uint32_t round[] = {1, 10, 100000, 999999, 1000000, 1234567, 20000000, 1000000000};
    const uint32_t value = below(2) ? round[below(8)] : word() >> below(32);
    return value < least ? least : value > 1000000000 ? 1000000000 : value;
}

static struct schedule any_schedule(void)
{
    struct schedule s = {.kind = (enum schedule_kind)below(6)};
    if (s.kind != SCHEDULE_CONSTANT)
        s.length = (struct schedule_length){count(1), below(2) == 1};
    if (s.kind == SCHEDULE_STEP || s.kind == SCHEDULE_EXPONENTIAL || s.kind == SCHEDULE_PLATEAU)
        s.factor = between(0, 10);
    if (s.kind == SCHEDULE_COSINE || s.kind == SCHEDULE_PLATEAU)
        s.min = between(0, 1e6);
    if (s.kind == SCHEDULE_COSINE)
        s.held = below(2) == 1;
    if (s.kind == SCHEDULE_PLATEAU) {
        s.patience = (int)count(0);
        s.cooldown = (int)count(0);
        s.threshold = between(0, 1);
    }
    if (s.kind == SCHEDULE_PIECEWISE) {
        s.length.count = 1;
        s.pieces = 1 + (int)below(SCHEDULE_PIECES);
        for (int i = 0; i < s.pieces; i++) {
            s.places[i] = (i ? s.places[i - 1] : 0) + 1 + below(125000000);
            s.factors[i] = between(0, 1e6);
        }
    }
    if (below(2)) {
        s.warmup = (struct schedule_length){count(1), below(2) == 1};
        s.warmup_from = between(0, 1);
    }
    return s;
}

static bool same(double a, double b) { return a >= b && a <= b; }

static void expect_same_schedule(const struct schedule *a, const struct schedule *b, const char *text)
{
    bool ok = a->kind == b->kind && a->length.count == b->length.count &&
              a->length.epochs == b->length.epochs && same(a->factor, b->factor) && same(a->min, b->min) &&
              a->held == b->held && a->patience == b->patience && a->cooldown == b->cooldown &&
              same(a->threshold, b->threshold) && a->pieces == b->pieces &&
              a->warmup.count == b->warmup.count && a->warmup.epochs == b->warmup.epochs &&
              same(a->warmup_from, b->warmup_from);
    for (int i = 0; i < SCHEDULE_PIECES; i++)
        ok = ok && a->places[i] == b->places[i] && same(a->factors[i], b->factors[i]);
    if (!ok)
        fail_msg("%s reads back as another schedule", text);
}

static void schedules_read_back(void **state)
{
    (void)state;
    for (run = 0; run < RUNS; run++) {
        draw = 0;
        struct schedule s = any_schedule(), back;
        char text[SCHEDULE_TEXT];
        struct error err = {0};
        if (!schedule_parse(&back, schedule_print(&s, text), &err))
            fail_msg("%s: %s", text, err.message);
        expect_same_schedule(&s, &back, text);
    }
    struct schedule long_run = {.kind = SCHEDULE_COSINE, .length = {1000000, false}};
    char text[SCHEDULE_TEXT];
    assert_string_equal(schedule_print(&long_run, text), "cosine:steps=1000000");
}

static struct optimizer any_optimizer(void)
{
    struct optimizer o = {.kind = (enum optimizer_kind)below(OPTIMIZER_COUNT)};
    for (int i = 0; i < OPTIMIZER_HYPERPARAMETERS; i++) {
        const struct optimizer_hyperparameter *row = &optimizer_hyperparameters[i];
        if (!(row->kinds & 1u << o.kind))
            continue;
        const bool decay = strcmp(row->name, "weight_decay") == 0;
        const bool of_noise = strcmp(row->name, "noise_decay") == 0;
        const double value = of_noise        ? between(1e-6, 10)
                             : row->optional ? between(0, 1e6)
                                             : between(decay ? 0 : 1e-6, decay ? 1 : 0.999999);
        optimizer_set_value(&o, i, (float)value);
    }
    return o;
}

static struct checkpoint_training any_training(void)
{
    struct checkpoint_training t = {
        .optimizer = any_optimizer(),
        .learning_rate = (float)between(OPTIMIZER_LEAST_RATE, OPTIMIZER_MOST_RATE),
        .schedule = any_schedule(),
        .penalised = below(2) == 1,
        .batch = 1 + (int)below(65536),
        .update = ((uint64_t)word() << 21 | word() >> 11) >> below(53),
        .samples = count(1),
        .value_size = below(2) ? sizeof(double) : sizeof(float),
    };
    schedule_begin(&t.schedule_state);
    if (t.schedule.kind == SCHEDULE_PLATEAU) {
        t.schedule_state.seen = below(2) == 1;
        t.schedule_state.best = t.schedule_state.seen ? (float)between(0, 3e38) : 0.0f;
        t.schedule_state.bad = (int)count(0);
        t.schedule_state.cooling = (int)count(0);
        t.schedule_state.scale = between(0, 1);
    }
    if (t.penalised) {
        t.l1 = (float)between(0, 1e6);
        t.l2 = (float)between(0, 1e6);
    }
    return t;
}

static void checkpoints_read_back(void **state)
{
    (void)state;
    for (run = 0; run < RUNS; run++) {
        draw = 0;
        const struct checkpoint_training t = any_training();
        struct checkpoint_training back = {0};
        struct error err = {0};
        char *text = checkpoint_print_training(&t);
        if (!checkpoint_parse_training(text, &back, &err))
            fail_msg("%s: %s", text, err.message);
        expect_same_schedule(&t.schedule, &back.schedule, text);
        bool ok = t.optimizer.kind == back.optimizer.kind && t.learning_rate == back.learning_rate &&
                  t.penalised == back.penalised && t.l1 == back.l1 && t.l2 == back.l2 &&
                  t.batch == back.batch && t.update == back.update && t.samples == back.samples &&
                  t.value_size == back.value_size && t.schedule_state.seen == back.schedule_state.seen &&
                  t.schedule_state.best == back.schedule_state.best &&
                  t.schedule_state.bad == back.schedule_state.bad &&
                  t.schedule_state.cooling == back.schedule_state.cooling &&
                  same(t.schedule_state.scale, back.schedule_state.scale);
        for (int i = 0; i < OPTIMIZER_HYPERPARAMETERS; i++)
            if (optimizer_reads(&t.optimizer, i))
                ok = ok && optimizer_value(&t.optimizer, i) == optimizer_value(&back.optimizer, i);
        if (!ok)
            fail_msg("%s reads back otherwise", text);
        free(text);
    }
}

/* Metadata of a checkpoint may be as long as its header, 100 MB; parsed, JSON takes many times that. */
static void endless_texts_are_refused(void **state)
{
    (void)state;
    enum { SIZE = 5 << 20 };
    char *text = malloc(SIZE + 1);
    assert_non_null(text);
    memset(text, '[', SIZE);
    text[SIZE] = '\0';
    struct checkpoint_training training = {0};
    struct error err = {0}, other = {0};
    assert_false(checkpoint_parse_training(text, &training, &err));
    assert_non_null(strstr(err.message, "metadata \"training\": expected a JSON object, found [["));
    assert_null(network_parse(text, "m.json", (struct shape){1, 1, 1}, 2, &other));
    assert_string_equal(other.message, "m.json: expected at most 4194304 bytes of JSON, found 5242880");
    free(text);
}

static void counters_of_a_run_are_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *step, *found;
    } cases[] = {{"12", NULL}, {"18446744073709551615", NULL},
                 {"-1", "-1"}, {"3x", "3x"},
                 {"", ""},     {"18446744073709551616", "18446744073709551616"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char header[512], bytes[600];
        const int length = snprintf(header, sizeof header,
                                    "{\"__metadata__\":{\"step\":\"%s\",\"seed\":\"1\",\"training\":\"{"
                                    "\\\"version\\\":1,\\\"optimizer\\\":"
                                    "\\\"sgd\\\",\\\"learning_rate\\\":1,\\\"updates\\\":0,\\\"batch\\\":1,"
                                    "\\\"samples\\\":1,\\\"values\\\":"
                                    "\\\"F32\\\"}\"}}",
                                    cases[i].step);
        const uint64_t prefix = (uint64_t)length;
        memcpy(bytes, &prefix, 8);
        memcpy(bytes + 8, header, (size_t)length);
        struct checkpoint checkpoint;
        struct error err = {0};
        const bool ok = checkpoint_parse(&checkpoint, bytes, (size_t)length + 8, "c.st", &err);
        if (ok != !cases[i].found ||
            (!ok && !strstr(err.message, "c.st: metadata \"step\": expected a whole number, found ")))
            fail_msg("%s: %s", cases[i].step, err.message);
        if (ok)
            checkpoint_close(&checkpoint);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(schedules_read_back),
        cmocka_unit_test(checkpoints_read_back),
        cmocka_unit_test(endless_texts_are_refused),
        cmocka_unit_test(counters_of_a_run_are_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
