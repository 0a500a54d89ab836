/* Answers, confusion and ROC curves of one evaluation. All arrays lie in one block, so that a copy is one
 * memcpy. */
#include "nn/predictions.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

enum { WORD = 32 };

static int words_of(int units) { return (units + WORD - 1) / WORD; }

static int units_that_can_die(const struct layer *layer)
{
    return layer->activation == ACTIVATION_RELU ? layer->output.channels : 0;
}

/* The arrays' places, the most aligned first. */
static void place_arrays(struct predictions *p)
{
    const size_t classes = (size_t)p->classes;
    p->curves = p->memory;
    p->predicted = (int32_t *)(p->curves + classes);
    p->confidence = (float *)(p->predicted + p->samples);
    p->values = p->confidence + p->samples;
    p->confusion = (uint32_t *)(p->values + (p->classes == 0 ? p->samples : 0));
    p->dead_offsets = (int *)(p->confusion + classes * classes);
    p->units = p->dead_offsets + p->layers;
    p->dead = (uint32_t *)(p->units + p->layers);
}

static void init(struct predictions *predictions, const struct network *network, uint32_t samples,
                 int classes)
{
    *predictions = (struct predictions){.samples = samples,
                                        .classes = classes,
                                        .outputs = (int)network_output_count(network),
                                        .r2 = NAN,
                                        .mean_absolute_error = NAN,
                                        .worst_class = -1,
                                        .mean_auc = NAN,
                                        .layers = network->layer_count};
    size_t dead_words = 0;
    for (int i = 0; i < network->layer_count; i++)
        dead_words += (size_t)words_of(units_that_can_die(&network->layers[i]));
    const size_t of_classes = (size_t)classes, values = classes == 0 ? samples : 0;
    predictions->memory_size = of_classes * sizeof(struct roc_curve) +
                               samples * (sizeof(int32_t) + sizeof(float)) + values * sizeof(float) +
                               of_classes * of_classes * sizeof(uint32_t) +
                               (size_t)network->layer_count * 2 * sizeof(int) + dead_words * sizeof(uint32_t);
    predictions->memory = ls_calloc(predictions->memory_size, 1);
    place_arrays(predictions);
    int word = 0;
    for (int i = 0; i < network->layer_count; i++) {
        const int units = units_that_can_die(&network->layers[i]);
        predictions->units[i] = units;
        predictions->dead_offsets[i] = units > 0 ? word : -1;
        word += words_of(units);
    }
}

void predictions_init(struct predictions *predictions, const struct network *network, uint32_t samples)
{
    init(predictions, network, samples, answer_classes((int)network_output_count(network)));
}

void predictions_init_targets(struct predictions *predictions, const struct network *network,
                              uint32_t samples)
{
    init(predictions, network, samples, 0);
}

void predictions_deinit(struct predictions *predictions)
{
    free(predictions->memory);
    memset(predictions, 0, sizeof *predictions);
}

void predictions_copy(struct predictions *to, const struct predictions *from)
{
    void *memory = to->memory;
    if (to->memory_size != from->memory_size)
        memory = ls_realloc(memory, from->memory_size);
    *to = *from;
    to->memory = memory;
    memcpy(to->memory, from->memory, from->memory_size);
    place_arrays(to);
}

static void count_answers(struct predictions *p, const float *outputs, const int32_t *labels)
{
    const size_t classes = (size_t)p->classes;
    memset(p->confusion, 0, classes * classes * sizeof *p->confusion);
    p->correct = p->unanswered = 0;
    for (uint32_t n = 0; n < p->samples; n++) {
        const float *output = outputs + n * (size_t)p->outputs;
        const int best = answer_class(output, p->outputs);
        p->predicted[n] = best;
        p->confidence[n] = 0.0f;
        if (best == PREDICTIONS_NO_ANSWER) {
            p->unanswered++;
            continue;
        }
        p->confidence[n] = answer_score(output, p->outputs, best);
        p->confusion[(size_t)labels[n] * classes + (size_t)best]++;
        p->correct += best == labels[n];
    }
}

static void draw_curves(struct predictions *p, const float *outputs, const int32_t *labels)
{
    float *scores = ls_calloc(p->samples, sizeof *scores);
    double sum = 0.0;
    int defined = 0;
    p->worst_class = -1;
    p->curves[0].count = 0;
    for (int c = p->outputs == 1; c < p->classes; c++) {
        /* The class's own from the front, the others from the back. */
        uint32_t own = 0, others = 0;
        for (uint32_t n = 0; n < p->samples; n++) {
            const float score = p->predicted[n] == PREDICTIONS_NO_ANSWER
                                    ? -INFINITY
                                    : answer_score(outputs + n * (size_t)p->outputs, p->outputs, c);
            scores[labels[n] == c ? own++ : p->samples - 1 - others++] = score;
        }
        roc_curve_compute(&p->curves[c], scores, own, scores + own, others);
        if (p->curves[c].count == 0)
            continue;
        sum += p->curves[c].auc;
        defined++;
        if (p->worst_class < 0 || p->curves[c].auc < p->curves[p->worst_class].auc)
            p->worst_class = c;
    }
    p->mean_auc = defined > 0 ? sum / defined : NAN;
    free(scores);
}

void predictions_compute(struct predictions *predictions, const float *outputs, const int32_t *labels)
{
    count_answers(predictions, outputs, labels);
    draw_curves(predictions, outputs, labels);
}

void predictions_compute_targets(struct predictions *predictions, const float *outputs, const float *targets)
{
    const size_t count = (size_t)predictions->outputs, samples = predictions->samples;
    double error = 0.0, spread = 0.0, distance = 0.0;
    LS_ASSERT(predictions->classes == 0);
    for (size_t n = 0; n < samples; n++)
        predictions->values[n] = outputs[n * count];
    for (size_t i = 0; i < count; i++) {
        double sum = 0.0;
        for (size_t n = 0; n < samples; n++)
            sum += (double)targets[n * count + i];
        const double mean = sum / (double)samples;
        for (size_t n = 0; n < samples; n++) {
            const double target = (double)targets[n * count + i];
            const double off = (double)outputs[n * count + i] - target;
            error += off * off;
            distance += fabs(off);
            spread += (target - mean) * (target - mean);
        }
    }
    predictions->r2 = spread > 0.0 && isfinite(error) ? 1.0 - error / spread : NAN;
    predictions->mean_absolute_error = distance / (double)(samples * count);
}

bool predictions_is_dead(const struct predictions *predictions, int layer, int unit)
{
    if (layer < 0 || layer >= predictions->layers || unit < 0 || unit >= predictions->units[layer])
        return false;
    const uint32_t word = predictions->dead[predictions->dead_offsets[layer] + unit / WORD];
    return word >> (unit % WORD) & 1u;
}

int predictions_dead_count(const struct predictions *predictions, int layer)
{
    if (layer < 0 || layer >= predictions->layers || predictions->units[layer] == 0)
        return -1;
    int count = 0;
    for (int unit = 0; unit < predictions->units[layer]; unit++)
        count += predictions_is_dead(predictions, layer, unit);
    return count;
}
