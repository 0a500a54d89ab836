#!/usr/bin/env python3
"""Compares every optimizer with PyTorch's: the parameters of a small run after each of its steps.

    tests/bench/compare_optimizers.py LAYERSCOPE_PROGRAM [--backend NAME] [--steps N]

Dumps before each step hold the parameters and the gradient that the step takes. PyTorch's optimizer starts
from the first parameters and gets the same gradients, in double. An error is the largest absolute
difference over the largest change of a parameter since the start. Exit status 1 when one is above
--tolerance.
"""

import argparse
import pathlib
import subprocess
import sys
import tempfile

import numpy
import torch

from torch_model import read

MAKERS = {
    "sgd": lambda p, decay: torch.optim.SGD(p, 0.1, weight_decay=decay),
    "momentum": lambda p, decay: torch.optim.SGD(p, 0.05, 0.9, weight_decay=decay),
    "nesterov": lambda p, decay: torch.optim.SGD(p, 0.05, 0.9, nesterov=True, weight_decay=decay),
    "rmsprop": lambda p, decay: torch.optim.RMSprop(p, 1e-3, weight_decay=decay),
    "adam": lambda p, decay: torch.optim.Adam(p, 1e-3, weight_decay=decay),
    "adamw": lambda p, decay: torch.optim.AdamW(p, 1e-3, weight_decay=decay),
}


def dump(arguments, folder, name, decay, step):
    path = pathlib.Path(folder) / f"{name}-{decay}-{step}.safetensors"
    subprocess.run([arguments.program, "dump", path, "--data", "gaussians", "--model", "mlp", "--optimizer", name,
                    "--weight-decay", str(decay), "--steps", str(step), "--backend", arguments.backend,
                    *(["--threads", "1"] if arguments.backend == "cpu" else []), "--quiet"], check=True)
    return read(path)[0]


def vectors(tensors):
    names = sorted(name[len("param."):] for name in tensors if name.startswith("param."))
    return [numpy.concatenate([tensors[prefix + name].ravel() for name in names]).astype(numpy.float64)
            for prefix in ("param.", "grad.")]


def worst_error(arguments, folder, name, decay):
    parameter, worst = None, 0.0
    for step in range(arguments.steps + 1):
        got, gradient = vectors(dump(arguments, folder, name, decay, step))
        if parameter is None:
            start = got
            parameter = torch.nn.Parameter(torch.tensor(got))
            optimizer = MAKERS[name]([parameter], decay)
        else:
            expected = parameter.detach().numpy()
            worst = max(worst, abs(got - expected).max() / abs(expected - start).max())
        parameter.grad = torch.tensor(gradient)
        optimizer.step()
    return worst


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--backend", default="cpu")
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--tolerance", type=float, default=5e-4)
    arguments = parser.parse_args()
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        for name in MAKERS:
            for decay in (0.0, 0.01, 0.25):
                error = worst_error(arguments, folder, name, decay)
                failed = failed or not error <= arguments.tolerance
                print(f"{name:10} weight decay {decay:<5} {error:.1e}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
