#!/usr/bin/env python3
"""Compares a dump with PyTorch's autograd: every activation and every gradient of one batch.

    layerscope dump batch.safetensors --model lenet5 --steps 100
    tests/bench/compare_pytorch.py batch.safetensors lenet5

The second argument is what --model was: the name of a built-in model or a .json file of Layerscope's own
format. PyTorch computes in double from the dump's own inputs, parameters and running statistics. The error of
a tensor is its largest absolute difference over its largest absolute value. Exit status 1 when one is above
--tolerance (1e-4) and above ten times that of PyTorch in float. In a dump made with --probe the parameter
gradients belong to the last training step and are left out.
"""

import argparse
import json
import pathlib
import sys

try:
    from torch_model import compare, read
except ImportError as error:
    print(f"skipped, because PyTorch or NumPy is missing: {error}")
    sys.exit(77)

ROOT = pathlib.Path(__file__).resolve().parents[2]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dump", type=pathlib.Path)
    parser.add_argument("model", nargs="?", default="lenet5")
    parser.add_argument("--tolerance", type=float, default=1e-4)
    arguments = parser.parse_args()
    path = pathlib.Path(arguments.model)
    if path.suffix != ".json":
        path = ROOT / "models" / f"{arguments.model}.json"
    tensors, metadata = read(arguments.dump)
    worst, wrong = compare(tensors, metadata, json.loads(path.read_text()), arguments.tolerance, print)
    print(f"largest error {worst:.2e}; tolerance {arguments.tolerance:.0e}")
    for line in wrong:
        print(f"wrong: {line}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
