#!/usr/bin/env python3
"""Compares what a training step does beside the optimizer with PyTorch: penalties, clipping by value and by norm,
and schedules, all at once, over a small run.

    tests/bench/compare_training.py LAYERSCOPE_PROGRAM [--backend NAME] [--steps N]

Before each step a dump holds the gradient of the loss. PyTorch adds the penalties' gradients, clips with its own
functions, and steps with its own optimizer and schedulers, in double. Learning rates must agree within 1e-6, the
parameters at the end within --tolerance of their largest change. Exit status 1 otherwise.
"""

import argparse
import csv
import pathlib
import subprocess
import sys
import tempfile

import torch
from torch.optim import lr_scheduler as lrs

from torch_model import read

L1, L2, CLIP_VALUE, CLIP_NORM, RATE = 0.001, 0.01, 0.05, 0.5, 0.1
SCHEDULES = {
    "constant": lambda o: lrs.ConstantLR(o, 1.0),
    "step:steps=2,factor=0.5": lambda o: lrs.StepLR(o, 2, 0.5),
    "exponential:steps=1,factor=0.8": lambda o: lrs.ExponentialLR(o, 0.8),
    "cosine:steps=5,min=0.01": lambda o: lrs.CosineAnnealingLR(o, 5, 0.01),
    "warmup:steps=3+step:steps=2,factor=0.5": lambda o: lrs.SequentialLR(
        o, [lrs.LinearLR(o, total_iters=3), lrs.StepLR(o, 2, 0.5)], [3]),
}


def run(arguments, folder, schedule, command, *more):
    subprocess.run([arguments.program, command, *more, "--data", "gaussians", "--model", "mlp", "--optimizer",
                    "momentum", "--lr", str(RATE), "--l1", str(L1), "--l2", str(L2), "--clip-value", str(CLIP_VALUE),
                    "--clip-norm", str(CLIP_NORM), "--schedule", schedule, "--backend", arguments.backend,
                    *(["--threads", "1"] if arguments.backend == "cpu" else []), "--quiet", "--overwrite"], check=True, cwd=folder)


def dump(arguments, folder, schedule, step):
    path = folder / "dump.safetensors"
    run(arguments, folder, schedule, "dump", str(path), "--steps", str(step))
    tensors = read(path)[0]
    return {kind: {name[len(kind) + 1:]: torch.tensor(values).double() for name, values in tensors.items()
                   if name.startswith(kind + ".") and name.rsplit(".", 1)[-1] in ("weight", "bias")}
            for kind in ("param", "grad")}


def compare(arguments, folder, schedule):
    run(arguments, folder, schedule, "train", "--steps", str(arguments.steps), "--log", "log.csv")
    with open(folder / "log.csv", encoding="utf-8") as file:
        rates = [float(row["learning_rate"]) for row in csv.DictReader(file)]
    start = dump(arguments, folder, schedule, 0)
    parameters = {name: torch.nn.Parameter(values.clone()) for name, values in start["param"].items()}
    optimizer = torch.optim.SGD(parameters.values(), RATE, 0.9)
    scheduler = SCHEDULES[schedule](optimizer)
    error = 0.0
    for step in range(arguments.steps):
        expected = optimizer.param_groups[0]["lr"]
        if abs(rates[step] - expected) > 1e-6 * expected + 1e-12:
            return f"step {step + 1}: learning rate {rates[step]}, PyTorch has {expected}"
        gradients = dump(arguments, folder, schedule, step)["grad"]
        for name, parameter in parameters.items():
            penalty = L1 * parameter.sign() + 2 * L2 * parameter if name.endswith("weight") else 0.0
            parameter.grad = (gradients[name] + penalty).detach()
        torch.nn.utils.clip_grad_value_(parameters.values(), CLIP_VALUE)
        torch.nn.utils.clip_grad_norm_(parameters.values(), CLIP_NORM)
        optimizer.step()
        scheduler.step()
    end = dump(arguments, folder, schedule, arguments.steps)["param"]
    for name, parameter in parameters.items():
        change = (parameter.detach() - start["param"][name]).abs().max()
        error = max(error, float((parameter.detach() - end[name]).abs().max() / change))
    return error


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program", type=lambda path: str(pathlib.Path(path).resolve()))
    parser.add_argument("--backend", default="cpu")
    parser.add_argument("--steps", type=int, default=7)
    parser.add_argument("--tolerance", type=float, default=2e-4)
    arguments = parser.parse_args()
    failed = False
    with tempfile.TemporaryDirectory(prefix="layerscope-") as folder:
        for schedule in SCHEDULES:
            error = compare(arguments, pathlib.Path(folder), schedule)
            wrong = isinstance(error, str) or error > arguments.tolerance
            failed = failed or wrong
            print(f"{schedule:40} {error if isinstance(error, str) else format(error, '.1e')}"
                  f"{'  too large' if wrong else ''}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
