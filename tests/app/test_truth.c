/* What the program shows against what it computes: pixels of a screenshot, its scales and its clipped shares
 * against the values of a dump of the same step and sample; the input against the data set. */
#include "test.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../view/picture.h"
#include "base/memory.h"
#include "data/dataset.h"
#include "media/png.h"
#include "nn/safetensors.h"
#include "view/scale.h"
#include "view/theme.h"
#include "workplace.h"

enum { PIXELS_A_PLATE = 20, PROBE = 18 };

static const float CELL_PX = 3.0f; /* smaller ones share their pixels */

struct shown {
    cJSON *json;
    uint8_t *pixels;
    int width, height;
    struct safetensors dump;
    const struct theme *theme;
};

static void show(struct shown *shown, const char *model, const char *theme, const char *what)
{
    memset(shown, 0, sizeof *shown);
    char *command =
        ls_sprintf("$LAYERSCOPE screenshot p.png --size 3840x2160 --hud none --steps 40 --probe %d "
                   "--model %s --theme %s --show %s --json p.json --overwrite --quiet",
                   PROBE, model, theme, what);
    workplace_expect(0, NULL, command);
    free(command);
    command = ls_sprintf(
        "$LAYERSCOPE dump d.safetensors --steps 40 --probe %d --model %s --overwrite --quiet", PROBE, model);
    workplace_expect(0, NULL, command);
    free(command);
    struct error err = {0};
    char *text = workplace_read("p.json");
    char *picture = ls_sprintf("%s/p.png", workplace_path()),
         *dump = ls_sprintf("%s/d.safetensors", workplace_path());
    shown->json = cJSON_Parse(text);
    shown->pixels = png_read(picture, &shown->width, &shown->height, &err);
    if (!shown->json || !shown->pixels || !safetensors_read(&shown->dump, dump, &err))
        fail_msg("%s", err.message);
    enum theme_name name;
    assert_true(theme_from_name(theme, &name));
    shown->theme = theme_get(name);
    free(text);
    free(picture);
    free(dump);
}

static void forget(struct shown *shown)
{
    cJSON_Delete(shown->json);
    free(shown->pixels);
    safetensors_deinit(&shown->dump);
}

static const char *string(const cJSON *item, const char *name)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItem(item, name));
    return text ? text : "";
}

static double number(const cJSON *item, const char *name)
{
    const cJSON *value = cJSON_GetObjectItem(item, name);
    if (!cJSON_IsNumber(value))
        fail_msg("\"%s\" is missing", name);
    return value->valuedouble;
}

/* A norm's strips show γ − 1 and σ = √(variance + ε). */
static void turn_into_strip(const cJSON *item, float *values, size_t count)
{
    const char *parameter = string(item, "parameter");
    for (size_t i = 0; i < count; i++) {
        if (strcmp(parameter, "weight") == 0)
            values[i] -= 1.0f;
        else if (strcmp(parameter, "running_var") == 0)
            values[i] = sqrtf(values[i] + (float)number(item, "epsilon"));
    }
}

/* The dumped tensor that a plate shows. */
static const float *find_values(const struct shown *shown, const cJSON *item, size_t *count)
{
    const bool gradient = strcmp(string(item, "map"), "gradient") == 0;
    const char *layer = string(item, "layer");
    const bool strip = strcmp(string(item, "kind"), "norm") == 0;
    char *name;
    if (strip && strncmp(string(item, "parameter"), "running", 7) == 0)
        name = ls_sprintf("buffer.%s.%s", layer, string(item, "parameter"));
    else if (strip || strcmp(string(item, "kind"), "weight") == 0)
        name = ls_sprintf("%s.%s.%s", gradient ? "grad" : "param", layer, string(item, "parameter"));
    else if (!gradient && strcmp(string(item, "kind"), "input") == 0)
        name = ls_sprintf("input");
    else
        name = ls_sprintf("%s.%s", gradient ? "grad.activation" : "activation", layer);
    const struct tensor *tensor = safetensors_find(&shown->dump, name);
    if (!tensor)
        fail_msg("the dump has no tensor \"%s\"", name);
    free(name);
    *count = tensor->size / sizeof(float);
    float *values = ls_calloc(*count, sizeof *values);
    memcpy(values, tensor->values, tensor->size);
    if (strip && !gradient)
        turn_into_strip(item, values, *count);
    return values;
}

static void read_plate(const cJSON *item, struct view_plate *shown, struct plate *plate)
{
    memset(shown, 0, sizeof *shown);
    memset(plate, 0, sizeof *plate);
    shown->plate = plate;
    const cJSON *quad = cJSON_GetObjectItem(item, "quad");
    for (int corner = 0; corner < 4; corner++)
        for (int axis = 0; axis < 2; axis++)
            shown->quad[corner][axis] =
                (float)cJSON_GetArrayItem(cJSON_GetArrayItem(quad, corner), axis)->valuedouble;
    plate->tile_columns = (int)number(item, "tile_columns");
    plate->tile_rows = (int)number(item, "tile_rows");
    plate->tile_width = (int)number(item, "tile_width");
    plate->tile_height = (int)number(item, "tile_height");
    plate->tiles_down = cJSON_IsTrue(cJSON_GetObjectItem(item, "tiles_down"));
    plate->gap = (float)number(item, "gap");
}

static enum color_map map_of(const cJSON *item)
{
    static const char *const names[] = {"activation", "weight", "gradient", "grey"};
    for (int i = 0; i < 4; i++)
        if (strcmp(string(item, "map"), names[i]) == 0)
            return (enum color_map)i;
    fail_msg("unknown map \"%s\"", string(item, "map"));
    return MAP_GREY;
}

static float position_on_map(enum color_map map, bool is_signed, float x, float s)
{
    if (map == MAP_GRADIENT) {
        const float epsilon = 1e-3f * s;
        return 0.5f + 0.5f * asinhf(x / epsilon) / asinhf(s / epsilon);
    }
    return is_signed ? 0.5f + 0.5f * x / s : x / s;
}

static const uint8_t *pixel_at(const struct shown *shown, int x, int y)
{
    return shown->pixels + 4 * ((size_t)y * (size_t)shown->width + (size_t)x);
}

/* The selection's outline may run through a cell: it is yellow, which no map is, but for its soft edges. */
static bool is_selection(const struct shown *shown, int x, int y)
{
    const struct color c = shown->theme->select;
    for (int row = y - 2; row <= y + 2; row++)
        for (int column = x - 2; column <= x + 2; column++) {
            if (row < 0 || column < 0 || row >= shown->height || column >= shown->width)
                continue;
            const uint8_t *p = pixel_at(shown, column, row);
            const float d = fabsf((float)p[0] / 255.0f - c.r) + fabsf((float)p[1] / 255.0f - c.g) +
                            fabsf((float)p[2] / 255.0f - c.b);
            if (d < 0.55f)
                return true;
        }
    return false;
}

/* The faint rim of such a line: the cell's colour with a share of the selection's. */
static bool is_tinted(const struct shown *shown, const uint8_t *pixel, const float want[3])
{
    const struct color c = shown->theme->select;
    const float line[3] = {255.0f * c.r, 255.0f * c.g, 255.0f * c.b};
    int widest = 0;
    for (int k = 1; k < 3; k++)
        if (fabsf(line[k] - 255.0f * want[k]) > fabsf(line[widest] - 255.0f * want[widest]))
            widest = k;
    const float share =
        ((float)pixel[widest] - 255.0f * want[widest]) / (line[widest] - 255.0f * want[widest]);
    if (share <= 0.0f || share > 0.6f)
        return false;
    for (int k = 0; k < 3; k++) {
        const float mixed = 255.0f * want[k] + share * (line[k] - 255.0f * want[k]);
        if (fabsf((float)pixel[k] - mixed) > 2.5f)
            return false;
    }
    return true;
}

static unsigned long long state = 88172645463325252ULL;

static size_t random_below(size_t n)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (size_t)(state % n);
}

/* Returns how many pixels were compared. */
static int compare_pixels(const struct shown *shown, const cJSON *item, const float *values, size_t count)
{
    struct view_plate plate;
    struct plate geometry;
    read_plate(item, &plate, &geometry);
    const enum color_map map = map_of(item);
    const float s = map == MAP_GREY ? 1.0f : (float)number(item, "scale");
    const bool is_signed = cJSON_IsTrue(cJSON_GetObjectItem(item, "signed"));
    int compared = 0;
    for (int i = 0; i < PIXELS_A_PLATE; i++) {
        const size_t index = random_below(count);
        float x, y, cell;
        picture_locate(&plate, index, &x, &y, &cell);
        if (cell < CELL_PX || x < 0.0f || y < 0.0f || x >= (float)shown->width || y >= (float)shown->height)
            continue;
        const uint8_t *p = pixel_at(shown, (int)x, (int)y);
        if (is_selection(shown, (int)x, (int)y))
            continue;
        const struct color c =
            theme_map_color(shown->theme, map, position_on_map(map, is_signed, values[index], s));
        const float want[3] = {c.r, c.g, c.b};
        if (is_tinted(shown, p, want))
            continue;
        for (int k = 0; k < 3; k++) {
            if (fabsf((float)p[k] - 255.0f * want[k]) > 2.5f)
                fail_msg("%s %s [%zu] = %g, S %g: pixel (%.0f, %.0f) is %d %d %d, expected %.0f %.0f %.0f",
                         string(item, "layer"), string(item, "map"), index, (double)values[index], (double)s,
                         (double)x, (double)y, p[0], p[1], p[2], 255.0 * (double)want[0],
                         255.0 * (double)want[1], 255.0 * (double)want[2]);
        }
        compared++;
    }
    return compared;
}

static int by_size(const void *a, const void *b)
{
    const float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* S is the 99.5th percentile of |x|, rounded up to the ladder; the clipped share counts what lies beyond. */
static void compare_scale(const cJSON *item, const float *values, size_t count)
{
    const enum color_map map = map_of(item);
    if (map == MAP_GREY || (map != MAP_GRADIENT && strcmp(string(item, "kind"), "output") == 0))
        return;
    float *sizes = ls_calloc(count, sizeof *sizes);
    for (size_t i = 0; i < count; i++)
        sizes[i] = fabsf(values[i]);
    qsort(sizes, count, sizeof *sizes, by_size);
    const size_t rank = (size_t)ceil(0.995 * (double)count);
    const float percentile = sizes[rank > 0 ? rank - 1 : 0];
    const float s = (float)number(item, "scale");
    if (percentile > 0.0f)
        assert_float_equal(s, scale_rung(scale_find_rung(percentile)), 1e-5f * s);
    size_t beyond = 0;
    for (size_t i = 0; i < count; i++)
        beyond += sizes[i] > s;
    assert_float_equal((float)number(item, "clip_percent"), 100.0f * (float)beyond / (float)count, 1e-3f);
    free(sizes);
}

static void compare(const char *model, const char *theme, const char *what, int least_plates)
{
    struct shown shown;
    show(&shown, model, theme, what);
    int plates = 0;
    const cJSON *item;
    cJSON_ArrayForEach(item, cJSON_GetObjectItem(shown.json, "plates"))
    {
        size_t count;
        const float *values = find_values(&shown, item, &count);
        assert_int_equal((int)number(item, "values"), (int)count);
        assert_int_equal((int)number(item, "step"), 40);
        plates += compare_pixels(&shown, item, values, count) >= 5;
        compare_scale(item, values, count);
        free((void *)values);
    }
    if (plates < least_plates)
        fail_msg("only %d plates have cells of %g pixels", plates, (double)CELL_PX);
    forget(&shown);
}

static void lenet_values(void **unused)
{
    (void)unused;
    compare("lenet5", "dark", "values", 8);
}

static void mlp_values_on_paper(void **unused)
{
    (void)unused;
    compare("mlp", "light", "values", 4);
}

static void lenet_gradients(void **unused)
{
    (void)unused;
    compare("lenet5", "light", "gradients", 8);
}

static void mlp_values_beside_gradients(void **unused)
{
    (void)unused;
    compare("mlp", "dark", "both", 8);
}

/* Norms, a sum, a concatenation and a mean, whose strips have values of their own. */
static void graph_values(void **unused)
{
    (void)unused;
    workplace_expect(
        0, NULL,
        "cat > graph.json <<'END'\n"
        "{\"name\": \"graph\", \"loss\": \"categorical_crossentropy\", \"layers\": ["
        "{\"class_name\": \"Conv2D\", \"config\": {\"name\": \"conv\", \"filters\": 4, \"kernel_size\": 3, "
        "\"strides\": 3}},"
        "{\"class_name\": \"BatchNormalization\", \"config\": {\"name\": \"norm\"}},"
        "{\"class_name\": \"ReLU\", \"config\": {\"name\": \"relu\"}},"
        "{\"class_name\": \"Conv2D\", \"config\": {\"name\": \"next\", \"filters\": 4, \"kernel_size\": 3, "
        "\"padding\": \"same\"}},"
        "{\"class_name\": \"Add\", \"inputs\": [\"next\", \"relu\"], \"config\": {\"name\": \"sum\"}},"
        "{\"class_name\": \"Concatenate\", \"inputs\": [\"sum\", \"norm\"], \"config\": {\"name\": "
        "\"join\"}},"
        "{\"class_name\": \"GlobalAveragePooling2D\", \"config\": {\"name\": \"mean\"}},"
        "{\"class_name\": \"LayerNormalization\", \"config\": {\"name\": \"layer\"}},"
        "{\"class_name\": \"Dense\", \"config\": {\"name\": \"output\", \"units\": null, "
        "\"activation\": \"softmax\"}}]}\nEND");
    compare("graph.json", "dark", "values", 10);
    compare("graph.json", "light", "gradients", 10);
}

static void the_input_is_the_data_sets_image(void **unused)
{
    (void)unused;
    struct shown shown;
    struct error err = {0};
    show(&shown, "mlp", "dark", "values");
    struct data *data = data_load("mnist", &err);
    assert_non_null(data);
    const cJSON *plates = cJSON_GetObjectItem(shown.json, "plates"), *item;
    cJSON_ArrayForEach(item, plates)
    {
        if (strcmp(string(item, "kind"), "input") != 0)
            continue;
        struct view_plate plate;
        struct plate geometry;
        read_plate(item, &plate, &geometry);
        for (size_t i = 0; i < 784; i++) {
            float x, y, cell;
            picture_locate(&plate, i, &x, &y, &cell);
            const uint8_t *p = pixel_at(&shown, (int)x, (int)y);
            if (!is_selection(&shown, (int)x, (int)y))
                assert_in_range(abs(p[0] - data->test.pixels[PROBE * 784 + i]), 0, 2);
        }
    }
    assert_int_equal((int)number(shown.json, "label"), data->test.labels[PROBE]);
    data_destroy(data);
    forget(&shown);
}

static void the_answer_sums_to_one(void **unused)
{
    (void)unused;
    struct shown shown;
    show(&shown, "lenet5", "dark", "values");
    const struct tensor *output = safetensors_find(&shown.dump, "activation.output");
    assert_non_null(output);
    float p[10], sum = 0.0f;
    assert_int_equal(output->size, sizeof p);
    memcpy(p, output->values, sizeof p);
    int best = 0;
    for (int i = 0; i < 10; i++) {
        sum += p[i];
        best = p[i] > p[best] ? i : best;
    }
    assert_float_equal(sum, 1.0f, 0.005f);
    assert_int_equal((int)number(shown.json, "prediction"), best);
    assert_float_equal((float)number(shown.json, "probability"), p[best], 1e-4f);
    forget(&shown);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lenet_values),           cmocka_unit_test(mlp_values_on_paper),
        cmocka_unit_test(lenet_gradients),        cmocka_unit_test(mlp_values_beside_gradients),
        cmocka_unit_test(graph_values),           cmocka_unit_test(the_input_is_the_data_sets_image),
        cmocka_unit_test(the_answer_sums_to_one),
    };
    return cmocka_run_group_tests(tests, workplace_set_up, workplace_tear_down);
}
