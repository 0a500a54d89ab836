/* The learning rate over a trainer's run: of each step, of a snapshot, after a change by the user, and on a
 * plateau, whoever else evaluates. */
#include "test.h"

#include <math.h>

#include "nn/trainer.h"
#include "synthetic.h"

enum {
    SAMPLES = 40,
    TEST_SAMPLES = 8,
    CLASSES = 4,
    SIZE = 6,
    BATCH = 8,
    PER_EPOCH = SAMPLES / BATCH,
    STEPS = 23
};

static const char model[] =
    "{\"layers\":[{\"class_name\":\"Flatten\"},"
    "{\"class_name\":\"Dense\",\"config\":{\"units\":null,\"activation\":\"softmax\"}}]}";

struct fixture {
    struct data *data;
    struct network *network;
    struct trainer *trainer;
    struct schedule schedule;
};

static void set_up(struct fixture *f, const char *schedule, bool live)
{
    struct error err = {0};
    f->data = synthetic_create(SIZE, CLASSES, SAMPLES, TEST_SAMPLES);
    f->network = network_parse(model, "test", (struct shape){1, SIZE, SIZE}, CLASSES, &err);
    f->schedule = (struct schedule){0};
    if (!schedule_parse(&f->schedule, schedule, &err))
        fail_msg("%s", err.message);
    const struct trainer_desc desc = {.network = f->network,
                                      .data = f->data,
                                      .backend = BACKEND_CPU,
                                      .batch = BATCH,
                                      .threads = 1,
                                      .seed = 3,
                                      .learning_rate = 0.2f,
                                      .optimizer = {.kind = OPTIMIZER_SGD},
                                      .schedule = f->schedule,
                                      .evaluate_live = live};
    f->trainer = trainer_create(&desc, &err);
    if (!f->trainer)
        fail_msg("%s", err.message);
}

static void tear_down(struct fixture *f)
{
    trainer_destroy(f->trainer);
    network_destroy(f->network);
    synthetic_destroy(f->data);
}

static void train(const struct fixture *f, struct step_sample *samples, int steps)
{
    for (int done = 0; done < steps;)
        done += trainer_train(f->trainer, steps - done, samples + done);
}

static void each_step_has_its_rate(void **state)
{
    (void)state;
    static const char *const texts[] = {"step:epochs=2,factor=0.5", "cosine:steps=20",
                                        "warmup:steps=6+exponential:steps=1,factor=0.9"};
    for (size_t t = 0; t < sizeof texts / sizeof *texts; t++) {
        struct fixture f;
        struct step_sample samples[STEPS];
        struct schedule_state begin;
        set_up(&f, texts[t], t == 1);
        schedule_begin(&begin);
        train(&f, samples, STEPS);
        for (int i = 0; i < STEPS; i++)
            assert_true(samples[i].learning_rate ==
                        schedule_rate(&f.schedule, &begin, 0.2f, (uint64_t)i, PER_EPOCH));
        assert_true(trainer_rate(f.trainer) == schedule_rate(&f.schedule, &begin, 0.2f, STEPS, PER_EPOCH));
        tear_down(&f);
    }
}

/* Steps are made with these rates, not only noted with them. */
static void steps_take_their_rates(void **state)
{
    (void)state;
    struct fixture still, constant;
    struct step_sample a[STEPS], b[STEPS];
    set_up(&still, "piecewise:steps=10,factor=0", false);
    set_up(&constant, "constant", false);
    train(&still, a, STEPS);
    train(&constant, b, 10);
    float ends[2][64 * CLASSES];
    assert_true(still.network->program.parameter_count <= 64 * CLASSES);
    trainer_read_parameters(still.trainer, ends[0]);
    trainer_read_parameters(constant.trainer, ends[1]);
    assert_memory_equal(ends[0], ends[1], still.network->program.parameter_count * sizeof(float));
    tear_down(&still);
    tear_down(&constant);
}

static void the_user_moves_the_base(void **state)
{
    (void)state;
    struct fixture f;
    struct step_sample samples[2];
    set_up(&f, "step:steps=1,factor=0.5", false);
    train(&f, samples, 1);
    trainer_set_learning_rate(f.trainer, 0.8f);
    assert_true(fabsf(trainer_rate(f.trainer) - 0.4f) < 1e-7f);
    assert_true(trainer_learning_rate(f.trainer) == 0.8f);
    train(&f, samples, 1);
    assert_true(fabsf(samples[0].learning_rate - 0.4f) < 1e-7f);
    trainer_restart(f.trainer);
    assert_true(trainer_rate(f.trainer) == 0.8f);
    tear_down(&f);
}

/* No loss is ever better by all of itself: the rate halves from the second epoch's end on. */
static void a_plateau_counts_ends_of_epochs(void **state)
{
    (void)state;
    for (int live = 0; live < 2; live++) {
        struct fixture f;
        struct step_sample samples[STEPS];
        struct evaluation_sample evaluation;
        set_up(&f, "plateau:threshold=1,patience=0,factor=0.5", live);
        for (int i = 0; i < STEPS; i++) {
            train(&f, &samples[i], 1);
            trainer_evaluate(f.trainer, &evaluation);
            assert_int_equal(evaluation.step, i + 1);
        }
        for (int i = 0; i < STEPS; i++) {
            const int epochs = i / PER_EPOCH, halvings = epochs > 1 ? epochs - 1 : 0;
            assert_true(fabsf(samples[i].learning_rate - 0.2f * ldexpf(1.0f, -halvings)) < 1e-7f);
        }
        trainer_restart(f.trainer);
        assert_true(trainer_rate(f.trainer) == 0.2f);
        tear_down(&f);
    }
}

/* One call never steps over the end of an epoch that a plateau watches. */
static void a_plateau_stops_long_calls(void **state)
{
    (void)state;
    struct fixture f;
    struct step_sample samples[STEPS];
    set_up(&f, "plateau:epochs=2", false);
    assert_int_equal(trainer_train(f.trainer, STEPS, samples), 2 * PER_EPOCH);
    tear_down(&f);
    set_up(&f, "cosine", false);
    assert_int_equal(trainer_train(f.trainer, STEPS, samples), STEPS);
    tear_down(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_step_has_its_rate),     cmocka_unit_test(steps_take_their_rates),
        cmocka_unit_test(the_user_moves_the_base),    cmocka_unit_test(a_plateau_counts_ends_of_epochs),
        cmocka_unit_test(a_plateau_stops_long_calls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
