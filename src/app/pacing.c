/* Wall time is what is measured: where training holds the cores, a frame takes longer, and that is the reason
 * to draw less often. */
#include "app/pacing.h"

static const double shortest_period = 1.0 / 30.0, longest_period = 1.0 / 22.0;
static const double drawing_share = 0.5;
/* Of the newest frame in the smoothed time: the panels are redrawn in every sixth or so. */
static const double newest_share = 0.1;

void pacing_init(struct pacing *pacing, bool software, double refresh_seconds)
{
    *pacing = (struct pacing){.software = software, .refresh_seconds = refresh_seconds};
}

double pacing_period(const struct pacing *pacing)
{
    if (!pacing->software)
        return pacing->refresh_seconds;
    const double wanted = pacing->drawing_seconds / drawing_share;
    return wanted < shortest_period ? shortest_period : wanted > longest_period ? longest_period : wanted;
}

double pacing_rest(struct pacing *pacing, double drawing_seconds)
{
    if (pacing->drawing_seconds > 0.0)
        pacing->drawing_seconds += newest_share * (drawing_seconds - pacing->drawing_seconds);
    else
        pacing->drawing_seconds = drawing_seconds;
    const double rest = pacing_period(pacing) - drawing_seconds;
    return rest > 0.0 ? rest : 0.0;
}
