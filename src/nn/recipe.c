/* Defaults of training. */
#include "nn/recipe.h"

#include "nn/optimizer.h"

static float usual_learning_rate(enum optimizer_kind kind, bool keras)
{
    const bool plain = kind == OPTIMIZER_SGD || kind == OPTIMIZER_MOMENTUM || kind == OPTIMIZER_NESTEROV;
    return keras && plain ? 0.01f : optimizer_usual_learning_rate(kind);
}

/* Keras's default of AdamW is smaller than PyTorch's. */
static float usual_weight_decay(enum optimizer_kind kind, bool keras)
{
    return keras && kind == OPTIMIZER_ADAMW ? 0.004f : optimizer_usual(kind).weight_decay;
}

void recipe_set_optimizer(struct recipe *recipe, enum optimizer_kind kind)
{
    if (recipe->has_optimizer && recipe->optimizer.kind == kind)
        return;
    const struct optimizer before = recipe->optimizer;
    recipe->has_optimizer = true;
    recipe->optimizer = (struct optimizer){.kind = kind,
                                           .weight_decay = usual_weight_decay(kind, recipe->keras),
                                           .clip_value = before.clip_value,
                                           .clip_norm = before.clip_norm,
                                           .noise = before.noise,
                                           .noise_decay = before.noise_decay};
    recipe->learning_rate = 0.0f;
}

void recipe_complete(struct recipe *recipe)
{
    struct optimizer *optimizer = &recipe->optimizer;
    const float learning_rate = recipe->learning_rate;
    if (!recipe->has_optimizer)
        recipe_set_optimizer(recipe, OPTIMIZER_ADAM);
    recipe->learning_rate = learning_rate; /* was not the file's optimizer's: there was none */
    if (recipe->batch == 0)
        recipe->batch = recipe->keras ? 32 : 64;
    if (!(recipe->learning_rate > 0.0f))
        recipe->learning_rate = usual_learning_rate(optimizer->kind, recipe->keras);
    const struct optimizer usual = optimizer_usual(optimizer->kind);
    if (!(optimizer->momentum > 0.0f))
        optimizer->momentum = usual.momentum;
    if (!(optimizer->beta1 > 0.0f))
        optimizer->beta1 = usual.beta1;
    if (!(optimizer->beta2 > 0.0f))
        optimizer->beta2 = usual.beta2;
    if (!(optimizer->epsilon > 0.0f))
        optimizer->epsilon = recipe->keras ? 1e-7f : usual.epsilon;
    if (!(optimizer->alpha > 0.0f))
        optimizer->alpha = recipe->keras ? 0.9f : usual.alpha;
    if (!(optimizer->noise_decay > 0.0f))
        optimizer->noise_decay = usual.noise_decay;
}
