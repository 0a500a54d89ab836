/* Defaults of training. */
#include "nn/recipe.h"

void recipe_set_optimizer(struct recipe *recipe, enum optimizer_kind kind)
{
    if (recipe->has_optimizer && recipe->optimizer.kind == kind)
        return;
    recipe->has_optimizer = true;
    recipe->optimizer = (struct optimizer){.kind = kind};
    recipe->learning_rate = 0.0f;
}

static float usual_learning_rate(enum optimizer_kind kind, bool keras)
{
    switch (kind) {
    case OPTIMIZER_SGD:
        return keras ? 0.01f : 0.1f;
    case OPTIMIZER_MOMENTUM:
        return keras ? 0.01f : 0.05f;
    case OPTIMIZER_ADAM:
        break;
    }
    return 1e-3f;
}

void recipe_complete(struct recipe *recipe)
{
    struct optimizer *optimizer = &recipe->optimizer;
    if (!recipe->has_optimizer)
        recipe_set_optimizer(recipe, OPTIMIZER_ADAM);
    if (recipe->batch == 0)
        recipe->batch = recipe->keras ? 32 : 64;
    if (!(recipe->learning_rate > 0.0f))
        recipe->learning_rate = usual_learning_rate(optimizer->kind, recipe->keras);
    if (!(optimizer->momentum > 0.0f))
        optimizer->momentum = 0.9f;
    if (!(optimizer->beta1 > 0.0f))
        optimizer->beta1 = 0.9f;
    if (!(optimizer->beta2 > 0.0f))
        optimizer->beta2 = 0.999f;
    if (!(optimizer->epsilon > 0.0f))
        optimizer->epsilon = recipe->keras ? 1e-7f : 1e-8f;
}
