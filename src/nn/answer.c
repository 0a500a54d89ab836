/* One output or one per class. */
#include "nn/answer.h"

#include <math.h>

int answer_classes(int count) { return count == 1 ? 2 : count; }

float answer_score(const float *outputs, int count, int class_)
{
    return count > 1 ? outputs[class_] : class_ == 1 ? outputs[0] : 1.0f - outputs[0];
}

int answer_class(const float *outputs, int count)
{
    for (int c = 0; c < count; c++)
        if (isnan(outputs[c]))
            return ANSWER_NONE;
    if (count == 1)
        return outputs[0] > 0.5f;
    int best = 0;
    for (int c = 1; c < count; c++)
        best = outputs[c] > outputs[best] ? c : best;
    return best;
}
