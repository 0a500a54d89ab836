#!/usr/bin/env python3
"""Writes schedule_values.h, the learning rates of PyTorch's schedulers that test_schedule.c compares with.

    schedule_values.py > schedule_values.h
"""

import math

import torch
from torch.optim import lr_scheduler as lrs

BASE = 0.25
PER_EPOCH = 3
STEPS = 36


def optimizer():
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=BASE)


def rates(make, by_epoch):
    """The rate of each step, the scheduler called after every step or every epoch."""
    o = optimizer()
    scheduler = make(o)
    out = []
    for step in range(STEPS):
        out.append(o.param_groups[0]["lr"])
        o.step()
        if not by_epoch or (step + 1) % PER_EPOCH == 0:
            scheduler.step()
    return out


def plateau(losses, **keys):
    o = optimizer()
    scheduler = lrs.ReduceLROnPlateau(o, **keys)
    out = []
    for step in range(STEPS):
        out.append(o.param_groups[0]["lr"])
        o.step()
        if (step + 1) % PER_EPOCH == 0:
            scheduler.step(losses[(step + 1) // PER_EPOCH - 1])
    return out


def warm(total, start, make):
    def sequence(o):
        return lrs.SequentialLR(
            o, [lrs.LinearLR(o, start_factor=start, total_iters=total), make(o)], milestones=[total]
        )

    return sequence


LOSSES = [1.0, 0.5, 0.5, 0.49999, 0.6, 0.4, 0.41, 0.42, 0.43, 0.44, math.nan, 0.3]
CASES = {
    "constant": rates(lambda o: lrs.ConstantLR(o, factor=1.0), False),
    "step:epochs=2,factor=0.5": rates(lambda o: lrs.StepLR(o, 2, 0.5), True),
    "step:steps=5": rates(lambda o: lrs.StepLR(o, 5), False),
    "exponential:factor=0.8": rates(lambda o: lrs.ExponentialLR(o, 0.8), True),
    "exponential:steps=1,factor=0.97": rates(lambda o: lrs.ExponentialLR(o, 0.97), False),
    "cosine:epochs=5": rates(lambda o: lrs.CosineAnnealingLR(o, 5), True),
    "cosine:steps=20,min=0.01": rates(lambda o: lrs.CosineAnnealingLR(o, 20, 0.01), False),
    "piecewise:epochs=2/5/9,factor=0.1/0.01/0.001": rates(
        lambda o: lrs.MultiStepLR(o, [2, 5, 9]), True
    ),
    "warmup:steps=8": rates(lambda o: lrs.LinearLR(o, total_iters=8), False),
    "warmup:epochs=4,from=0.1": rates(lambda o: lrs.LinearLR(o, 0.1, total_iters=4), True),
    "warmup:steps=7,from=0.01+cosine:steps=15": rates(
        warm(7, 0.01, lambda o: lrs.CosineAnnealingLR(o, 15)), False
    ),
    "warmup:epochs=3+step:epochs=2,factor=0.3": rates(warm(3, 1 / 3, lambda o: lrs.StepLR(o, 2, 0.3)), True),
    "plateau:patience=0": plateau(LOSSES, patience=0),
    "plateau:patience=1,factor=0.5,threshold=0.05": plateau(LOSSES, patience=1, factor=0.5, threshold=0.05),
    "plateau:patience=0,factor=0.2,cooldown=2,min=0.03": plateau(
        LOSSES, patience=0, factor=0.2, cooldown=2, min_lr=0.03
    ),
}

print("/* Made by schedule_values.py with PyTorch " + torch.__version__.split("+")[0] + "; do not edit. */")
print("#ifndef LS_TESTS_SCHEDULE_VALUES_H\n#define LS_TESTS_SCHEDULE_VALUES_H\n")
print("#include <math.h>\n")
print(f"enum {{ PER_EPOCH = {PER_EPOCH}, STEPS = {STEPS} }};")
print(f"static const float base = {BASE}f;")
print("static const float losses[] = {" + ", ".join("NAN" if math.isnan(x) else f"{x}f" for x in LOSSES) + "};\n")
print("static const struct {\n    const char *text;\n    double rates[STEPS];\n} expected_rates[] = {")
for text, values in CASES.items():
    print(f'    {{"{text}",\n     {{{", ".join(f"{v:.12g}" for v in values)}}}}},')
print("};\n\n#endif")
