/* Every frame earns credit for as many panels as its share of the period is due; what is not used is kept up
 * to one panel, so that a change after a rest shows at once. */
#include "view/panel_turns.h"

#include <math.h>

void panel_turns_drawn(struct panel_turns *turns, unsigned panels, double now)
{
    for (int i = 0; i < PANEL_COUNT; i++)
        if (panels & 1u << i)
            turns->drawn_at[i] = now;
}

static int oldest_of(const struct panel_turns *turns, unsigned panels)
{
    int oldest = -1;
    for (int i = 0; i < PANEL_COUNT; i++)
        if (panels & 1u << i && (oldest < 0 || turns->drawn_at[i] < turns->drawn_at[oldest]))
            oldest = i;
    return oldest;
}

unsigned panel_turns_take(struct panel_turns *turns, unsigned stale, double now)
{
    int count = 0;
    for (int i = 0; i < PANEL_COUNT; i++)
        count += (stale >> i & 1u) != 0;
    const double periods = (now - turns->asked_at) / PANEL_TURNS_SECONDS;
    turns->asked_at = now;
    turns->credit = fmin(turns->credit + fmax(count, 1.0) * periods, fmax(count, 1.0));
    unsigned taken = 0;
    for (; turns->credit >= 1.0 && stale != 0; turns->credit -= 1.0) {
        const unsigned panel = 1u << oldest_of(turns, stale);
        taken |= panel;
        stale &= ~panel;
    }
    turns->credit = fmin(turns->credit, 1.0);
    panel_turns_drawn(turns, taken, now);
    return taken;
}
