/* Why a value is what it is, as far as one line has room for it. */
#include "view/inspect.h"

#include <stdio.h>

#include "base/number_text.h"

enum { DIGITS = 2 };

static void of_window(const struct inspection *it, char text[INSPECT_TEXT])
{
    if (it->value == 0.0f && it->inputs_zero)
        snprintf(text, INSPECT_TEXT, "0: all of its window is 0");
}

static void of_inputs(const struct inspection *it, const char *inputs, char text[INSPECT_TEXT])
{
    if (it->inputs_zero)
        snprintf(text, INSPECT_TEXT, it->value == 0.0f ? "0: %s 0" : "%s 0: no edge leads here", inputs);
}

/* z and what the activation made of it. */
static void of_activation(const struct inspection *it, char text[INSPECT_TEXT])
{
    char z[NUMBER_TEXT_SIZE];
    const bool cut_off = it->activation == ACTIVATION_RELU && !it->softmax;
    number_text(z, it->sum, DIGITS, NUMBER_MINUS);
    if (cut_off && it->value == 0.0f && it->sum < 0.0)
        snprintf(text, INSPECT_TEXT, "0: the ReLU cut off %s", z);
    else if (it->inputs_zero)
        of_inputs(it, it->kind == INSPECT_FUNCTION ? "its input is" : "all its inputs are", text);
    else if (it->softmax || (it->activation != ACTIVATION_LINEAR && !cut_off))
        snprintf(text, INSPECT_TEXT, "before the %s %s", inspect_activation_name(it), z);
}

void inspect_reason(const struct inspection *it, char text[INSPECT_TEXT])
{
    text[0] = '\0';
    if (it->brief)
        return;
    switch (it->kind) {
    case INSPECT_CONVOLUTION:
    case INSPECT_DENSE:
    case INSPECT_FUNCTION:
        of_activation(it, text);
        break;
    case INSPECT_POOL:
        of_window(it, text);
        break;
    case INSPECT_ADD:
        of_inputs(it, "all its inputs are", text);
        break;
    case INSPECT_PASSED:
    case INSPECT_NORM:
        of_inputs(it, "its input is", text);
        break;
    case INSPECT_PLAIN:
    case INSPECT_WEIGHT:
        break;
    }
}
