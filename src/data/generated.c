/* Points in the plane after "A Neural Network Playground" (D. Smilkov, S. Carter, playground.tensorflow.org,
 * dataset.ts), with coordinates from −1 to 1 instead of −6 to 6, and random numbers for regression. The same
 * seed gives the same samples; every sample is drawn by its number. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/rng.h"
#include "data/capacity.h"
#include "data/readers.h"

static const double pi = 3.14159265358979323846;

enum { DRAWS = 32 }; /* of one sample */

struct draws {
    uint64_t seed;
    uint32_t sample;
    int used;
};

static double uniform(struct draws *draws, double low, double high)
{
    LS_ASSERT(draws->used < DRAWS);
    const uint64_t at = (uint64_t)draws->sample * DRAWS + (uint64_t)draws->used++;
    return low + (high - low) * (double)rng_uniform(draws->seed, RNG_DATA, 0, at);
}

/* Box and Muller 1958; 1 − u is never 0. */
static double normal(struct draws *draws)
{
    const double radius = sqrt(-2.0 * log(1.0 - uniform(draws, 0.0, 1.0)));
    return radius * cos(2.0 * pi * uniform(draws, 0.0, 1.0));
}

struct point {
    double x[10];
    int label;
    double target;
};

struct recipe {
    const char *name;
    int values;      /* of a sample */
    bool regression; /* one target */
    bool many;       /* takes the option classes; else 2 */
    const char *class_names[2];
    const char *model; /* for two classes or for the target */
    void (*draw)(struct draws *draws, int classes, struct point *point);
};

static void draw_circle(struct draws *draws, int classes, struct point *point)
{
    (void)classes;
    point->label = (int)(draws->sample % 2);
    const double radius = point->label ? uniform(draws, 0.0, 0.45) : uniform(draws, 0.6, 0.95);
    const double angle = uniform(draws, 0.0, 2.0 * pi);
    point->x[0] = radius * sin(angle);
    point->x[1] = radius * cos(angle);
}

/* The sign of x·y; the axes are kept free. */
static void draw_xor(struct draws *draws, int classes, struct point *point)
{
    (void)classes;
    for (int i = 0; i < 2; i++) {
        const double x = uniform(draws, -0.9, 0.9);
        point->x[i] = x + (x > 0.0 ? 0.05 : -0.05);
    }
    point->label = point->x[0] * point->x[1] < 0.0;
}

/* Clouds of deviation 0.15 around as many places on a circle. */
static void draw_gaussians(struct draws *draws, int classes, struct point *point)
{
    point->label = (int)(draws->sample % (uint32_t)classes);
    const double angle = 2.0 * pi * (point->label + 0.125 * classes) / classes;
    point->x[0] = 0.55 * cos(angle) + 0.15 * normal(draws);
    point->x[1] = 0.55 * sin(angle) + 0.15 * normal(draws);
}

/* Arms that turn 1.75 times around the middle. */
static void draw_spiral(struct draws *draws, int classes, struct point *point)
{
    point->label = (int)(draws->sample % (uint32_t)classes);
    const double along = uniform(draws, 0.0, 1.0);
    const double angle = 1.75 * 2.0 * pi * along + 2.0 * pi * point->label / classes;
    point->x[0] = 0.95 * along * sin(angle);
    point->x[1] = 0.95 * along * cos(angle);
}

static void draw_plane(struct draws *draws, int classes, struct point *point)
{
    (void)classes;
    point->x[0] = uniform(draws, -1.0, 1.0);
    point->x[1] = uniform(draws, -1.0, 1.0);
    point->target = 0.5 * (point->x[0] + point->x[1]);
}

/* Nothing to learn, only to remember. */
static void draw_random(struct draws *draws, int classes, struct point *point)
{
    (void)classes;
    for (int i = 0; i < 10; i++)
        point->x[i] = uniform(draws, 0.0, 1.0);
    point->target = uniform(draws, 0.0, 1.0);
}

static const struct recipe recipes[] = {
    {"circle", 2, false, false, {"outside", "inside"}, "points", draw_circle},
    {"xor", 2, false, false, {"same sign", "other sign"}, "points", draw_xor},
    {"gaussians", 2, false, true, {NULL, NULL}, "points", draw_gaussians},
    {"spiral", 2, false, true, {NULL, NULL}, "points", draw_spiral},
    {"plane", 2, true, false, {NULL, NULL}, "mlp-linear", draw_plane},
    {"random", 10, true, false, {NULL, NULL}, "regression", draw_random},
};

enum { RECIPES = sizeof recipes / sizeof *recipes };

static const struct recipe *find(const char *name)
{
    for (int i = 0; i < RECIPES; i++)
        if (strcmp(recipes[i].name, name) == 0)
            return &recipes[i];
    return NULL;
}

bool generated_is_name(const char *name) { return find(name) != NULL; }

const char *generated_names(void) { return "circle, xor, gaussians, spiral, plane or random"; }

static void name_classes(struct data *data, const struct recipe *recipe, int classes)
{
    data->classes = classes;
    data->class_names = ls_calloc(DATA_MAX_CLASSES, sizeof *data->class_names);
    for (int c = 0; c < classes; c++)
        data->class_names[c] =
            recipe->class_names[0] ? ls_strdup(recipe->class_names[c]) : ls_sprintf("%d", c);
}

bool generated_read(struct data *data, const struct data_spec *spec, struct error *err)
{
    const struct recipe *recipe = find(spec->path);
    LS_ASSERT(recipe != NULL);
    const int classes = recipe->many ? spec->classes : 2;
    if (classes != spec->classes)
        return error_set_usage(err, "%s: classes belongs to gaussians and spiral; %s has %s", recipe->name,
                               recipe->name, recipe->regression ? "targets" : "two");
    data->model = classes == 2 ? recipe->model : "mlp-64-64";
    struct dataset *set = &data->train;
    const size_t values = (size_t)recipe->values;
    if (!capacity_check(spec->samples, (values + 1) * sizeof(float), recipe->name, err))
        return false;
    *set = (struct dataset){.count = spec->samples, .channels = recipe->values, .height = 1, .width = 1};
    set->values = ls_calloc(set->count * values, sizeof *set->values);
    if (recipe->regression) {
        data->targets = 1;
        set->targets = ls_calloc(set->count, sizeof *set->targets);
    } else {
        name_classes(data, recipe, classes);
        set->labels = ls_calloc(set->count, sizeof *set->labels);
    }
    for (uint32_t n = 0; n < set->count; n++) {
        struct draws draws = {.seed = spec->seed, .sample = n};
        struct point point = {.label = 0};
        recipe->draw(&draws, classes, &point);
        for (int i = 0; i < recipe->values; i++)
            set->values[n * values + (size_t)i] = (float)(point.x[i] + spec->noise * normal(&draws));
        if (recipe->regression)
            set->targets[n] = (float)point.target;
        else
            set->labels[n] = point.label;
    }
    return true;
}
