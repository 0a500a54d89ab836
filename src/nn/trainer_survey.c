/* The network's answers over the plane or line of its samples, for the panels that draw them. */
#include <stdlib.h>

#include "base/memory.h"
#include "nn/trainer_private.h"

void trainer_survey_init(struct trainer *trainer)
{
    struct surface *surface = &trainer->surface;
    surface_init(surface, trainer->desc.data, trainer->desc.network);
    trainer->surveyed = false;
    if (surface->inputs == 0)
        return;
    trainer->places = ls_calloc(surface_places(surface) * (size_t)surface->inputs, sizeof *trainer->places);
    surface_fill_inputs(surface, trainer->places);
    /* Nobody asks how well it does there: the labels are a formality. */
    trainer->place_targets =
        ls_calloc(surface_places(surface) * (size_t)surface->outputs, sizeof *trainer->place_targets);
    trainer->place_labels = ls_calloc(surface_places(surface), sizeof *trainer->place_labels);
    const bool targets = trainer->desc.data->targets > 0;
    const struct compute_data data = {.count = (uint32_t)surface_places(surface),
                                      .values = trainer->places,
                                      .labels = targets ? NULL : trainer->place_labels,
                                      .targets = targets ? trainer->place_targets : NULL};
    trainer->place_data = compute_bind_data(trainer->compute, &data);
}

void trainer_survey_deinit(struct trainer *trainer)
{
    surface_deinit(&trainer->surface);
    free(trainer->places);
    free(trainer->place_targets);
    free(trainer->place_labels);
}

bool trainer_survey(struct trainer *trainer)
{
    struct surface *surface = &trainer->surface;
    if (surface->inputs == 0 || (trainer->surveyed && surface->step == trainer->step))
        return false;
    const struct compute_batch batch = {.data = trainer->place_data, .count = (int)surface_places(surface)};
    struct batch_metrics metrics;
    compute_account(trainer->compute, TRAFFIC_VIEW);
    compute_evaluate(trainer->compute, &batch, &metrics, surface->values);
    compute_sync(trainer->compute);
    compute_account(trainer->compute, TRAFFIC_TRAINING);
    surface->step = trainer->step;
    trainer->surveyed = true;
    metrics_publish_surface(trainer->metrics, surface);
    return true;
}
