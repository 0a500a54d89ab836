/* The length of the cycle in steps, and the phase within it. */
#include "view/pulse.h"

#include <math.h>
#include <string.h>

enum { STEPS_UNKNOWN_RATE = 50, STEPS_MOST = 500000000 };

/* Round numbers of steps show pulses on their way, not at their start. */
static const double FIRST_PHASE = 0.17;
/* A cycle is left as it is while it lasts so many times PULSE_SECONDS. */
static const double SHORTEST = 0.55, LONGEST = 1.8;
static const double RATE_SECONDS = 0.5; /* of smoothing */
static const double PAUSE_SECONDS = 1.0;

int pulse_steps_for(double rate)
{
    static const int digits[] = {1, 2, 5};
    const double wanted = rate * PULSE_SECONDS;
    int best = 1;
    for (int64_t decade = 1; decade <= STEPS_MOST / 5; decade *= 10)
        for (int i = 0; i < 3; i++) {
            const int steps = (int)decade * digits[i];
            if (fabs(log((double)steps / fmax(wanted, 1e-9))) < fabs(log((double)best / fmax(wanted, 1e-9))))
                best = steps;
        }
    return best;
}

void pulse_init(struct pulse *pulse)
{
    memset(pulse, 0, sizeof *pulse);
    pulse->steps = STEPS_UNKNOWN_RATE;
    pulse->anchor_phase = FIRST_PHASE;
}

static double phase(const struct pulse *pulse)
{
    /* A checkpoint or a restart may go back. */
    const int64_t on = (int64_t)(pulse->step - pulse->anchor_step);
    const double turns = pulse->anchor_phase + (double)(on % pulse->steps) / (double)pulse->steps;
    return turns - floor(turns);
}

static void measure(struct pulse *pulse, uint64_t steps)
{
    const double now = (double)steps / pulse->elapsed;
    const double blend = pulse->rate > 0.0 ? 1.0 - exp(-pulse->elapsed / RATE_SECONDS) : 1.0;
    pulse->rate += (now - pulse->rate) * blend;
}

static void follow_rate(struct pulse *pulse)
{
    const double seconds = (double)pulse->steps / pulse->rate;
    if (seconds >= SHORTEST * PULSE_SECONDS && seconds <= LONGEST * PULSE_SECONDS)
        return;
    /* The pulses on their way go on from where they are. */
    pulse->anchor_phase = phase(pulse);
    pulse->anchor_step = pulse->step;
    pulse->steps = pulse_steps_for(pulse->rate);
}

static void fix_rate(struct pulse *pulse, double rate)
{
    pulse->rate = rate;
    pulse->steps = pulse_steps_for(rate);
    pulse->anchor_step = 0;
    pulse->anchor_phase = FIRST_PHASE;
}

void pulse_update(struct pulse *pulse, uint64_t step, double dt, double rate)
{
    pulse->elapsed += dt;
    if (step != pulse->step) {
        /* What comes after a pause tells nothing of the rate. */
        const bool measurable =
            pulse->known && step > pulse->step && pulse->elapsed > 0.0 && pulse->elapsed < PAUSE_SECONDS;
        if (measurable && rate <= 0.0)
            measure(pulse, step - pulse->step);
        pulse->elapsed = 0.0;
        pulse->step = step;
        if (measurable && rate <= 0.0)
            follow_rate(pulse);
    }
    pulse->known = true;
    if (rate > 0.0 && pulse->rate != rate)
        fix_rate(pulse, rate);
}

float pulse_phase(const struct pulse *pulse) { return (float)phase(pulse); }
