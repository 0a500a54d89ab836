/* Pulses: how far those of the forward and of the backward pass have run along the edges, from the number of
 * steps alone, so that a pause freezes them and the same step shows the same picture. */
#ifndef LS_VIEW_PULSE_H
#define LS_VIEW_PULSE_H

#include <stdbool.h>
#include <stdint.h>

/* A cycle, in which every edge has a pulse either way: so long on the screen, about. */
#define PULSE_SECONDS 1.4

struct pulse {
    int steps;            /* in a cycle: "1 pulse = N steps" */
    double rate;          /* steps a second, smoothed; 0: not known yet */
    double elapsed;       /* seconds since the step changed */
    uint64_t step;        /* shown */
    uint64_t anchor_step; /* where the phase was anchor_phase: moved when `steps` changes */
    double anchor_phase;
    bool known; /* a step was shown before */
};

void pulse_init(struct pulse *pulse);
/* Once a frame with the step shown and the seconds since the last frame. `rate`: steps a second where it is
 * known beforehand, as in recordings, which makes everything a function of the step; 0: measured, and the
 * length of the cycle follows when it became too slow or too fast to see. */
void pulse_update(struct pulse *pulse, uint64_t step, double dt, double rate);
/* 0 … 1: about ¼ the forward pulses are half-way, about ¾ the backward ones. */
float pulse_phase(const struct pulse *pulse);
/* The number of 1, 2, 5 × 10ᵏ steps nearest to PULSE_SECONDS at `rate` steps a second. */
int pulse_steps_for(double rate);

#endif
