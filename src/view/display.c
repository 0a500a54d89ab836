/* Eases the animated amounts toward what was wished for. */
#include "view/display.h"

#include <math.h>
#include <string.h>

void display_init(struct display *display)
{
    memset(display, 0, sizeof *display);
    display->smoothing = PLOT_BETA;
    display->selected.plate = display->hovered.plate = display->isolated.plate = -1;
    display->focused = -1;
}

/* Moves `progress` toward 0 or 1 and sets `amount` to its smoothstep; true when it moved. */
static bool approach(float *progress, float *amount, bool wanted, float share)
{
    const float before = *progress;
    *progress = wanted ? fminf(1.0f, before + share) : fmaxf(0.0f, before - share);
    *amount = *progress * *progress * (3.0f - 2.0f * *progress);
    return *progress != before;
}

/* The focused plate has one, if need be that of the plate that is closest to folded. */
static void choose_opened(struct display *display)
{
    struct display_opened *free_most = &display->opened[0];
    for (int i = 0; i < DISPLAY_OPENED; i++) {
        struct display_opened *opened = &display->opened[i];
        if (opened->plate == display->focused && opened->progress > 0.0f)
            return;
        if (opened->progress < free_most->progress)
            free_most = opened;
    }
    *free_most = (struct display_opened){.plate = display->focused};
}

bool display_update(struct display *display, float dt)
{
    const float share = dt / DISPLAY_SECONDS;
    const bool turned =
        approach(&display->turn_progress, &display->turn, display->gradients == GRADIENTS_TURNED, share);
    const bool stacked =
        approach(&display->stack_progress, &display->stack, display->gradients == GRADIENTS_STACKED, share);
    const bool unfolded = approach(&display->unfold_progress, &display->unfold, display->unfolded, share);
    if (display->focused >= 0)
        choose_opened(display);
    bool opens = false;
    for (int i = 0; i < DISPLAY_OPENED; i++) {
        struct display_opened *opened = &display->opened[i];
        opens =
            approach(&opened->progress, &opened->unfold, opened->plate == display->focused, share) || opens;
    }
    return turned || stacked || unfolded || opens;
}

void display_settle(struct display *display) { display_update(display, 1e9f); }

bool display_gradients_from_name(const char *text, enum display_gradients *gradients)
{
    static const char *const names[] = {"values", "gradients", "both"};
    for (int i = 0; i < 3; i++) {
        if (strcmp(text, names[i]) == 0) {
            *gradients = (enum display_gradients)i;
            return true;
        }
    }
    return false;
}

const char *scale_scope_name(enum scale_scope scope)
{
    static const char *const names[SCOPE_COUNT] = {"layer", "kind", "global"};
    return names[scope];
}
