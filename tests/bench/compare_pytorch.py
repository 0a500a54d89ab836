#!/usr/bin/env python3
"""Compares a dump with PyTorch's autograd: every activation and every gradient of one batch.

    layerscope dump batch.safetensors --model lenet5 --steps 100
    tests/bench/compare_pytorch.py batch.safetensors lenet5

The second argument is what --model was: lenet5, mlp or a .json file. PyTorch computes in double from the
dump's own inputs and parameters. The error of a tensor is its largest absolute difference over its largest
absolute value. Exit status 1 when one is above --tolerance (1e-4). In a dump made with --probe the
parameter gradients belong to the last training step and are left out.
"""

import argparse
import json
import pathlib
import struct
import sys

import numpy
import torch
import torch.nn.functional as F

ROOT = pathlib.Path(__file__).resolve().parents[2]
ACTIVATIONS = {"relu": torch.relu, "sigmoid": torch.sigmoid, "tanh": torch.tanh, "linear": lambda x: x}


def read(path):
    """The tensors as numpy arrays, and the metadata."""
    raw = path.read_bytes()
    length = struct.unpack("<Q", raw[:8])[0]
    header, data = json.loads(raw[8:8 + length]), raw[8 + length:]
    metadata = header.pop("__metadata__", {})
    kinds = {"F32": "<f4", "I64": "<i8"}
    return {
        name: numpy.frombuffer(data[slice(*item["data_offsets"])], kinds[item["dtype"]]).reshape(item["shape"])
        for name, item in header.items()
    }, metadata


def pair(value, default):
    value = default if value is None else value
    return tuple(value) if isinstance(value, list) else (value, value)


def padding(config, size, kernel, stride):
    value = config.get("padding", "valid")
    if value == "valid":
        return (0, 0)
    if value != "same":
        return pair(value, 0)
    total = [max((-(-n // s) - 1) * s + k - n, 0) for n, k, s in zip(size, kernel, stride)]
    return (total[0] // 2, total[1] // 2)


def pool(kind, x, config):
    kernel = pair(config.get("pool_size"), 2)
    stride = pair(config.get("strides"), list(kernel))
    pad = padding(config, x.shape[2:], kernel, stride)
    if kind == "MaxPooling2D":
        return F.max_pool2d(F.pad(x, (pad[1], pad[1], pad[0], pad[0]), value=-torch.inf), kernel, stride)
    return F.avg_pool2d(F.pad(x, (pad[1], pad[1], pad[0], pad[0])), kernel, stride)


def layer_names(layers):
    """As Layerscope and Keras name layers that have no name of their own."""
    known = {"Conv2D": "conv2d", "MaxPooling2D": "max_pooling2d", "AveragePooling2D": "average_pooling2d"}
    counts = {}
    for layer in layers:
        name = layer.get("config", {}).get("name")
        if name is None:
            base = known.get(layer["class_name"], layer["class_name"].lower())
            name = base + (f"_{counts[base]}" if base in counts else "")
            counts[base] = counts.get(base, 0) + 1
        yield name


class Forward:
    """One pass through the model; keeps what is compared, with its gradient."""

    def __init__(self, tensors, layers):
        self.kept = {}
        self.logits = None
        self.parameters = {
            name[len("param."):]: torch.tensor(value, dtype=torch.float64, requires_grad=True)
            for name, value in tensors.items() if name.startswith("param.")
        }
        outputs = {"input": torch.tensor(tensors["input"], dtype=torch.float64, requires_grad=True)}
        last = "input"
        for layer, name in zip(layers, layer_names(layers)):
            source = layer.get("inputs", [last])[0]
            outputs[name] = self.apply(layer["class_name"], layer.get("config", {}), name, outputs[source])
            last = name
        self.output = outputs[last]
        for name, value in outputs.items():
            self.kept[name] = value
            value.retain_grad()

    def activate(self, name, x):
        if name != "softmax":
            return ACTIVATIONS[name](x)
        self.logits = x
        x.retain_grad()
        return torch.softmax(x, dim=1)

    def apply(self, kind, config, name, x):
        activation = config.get("activation", "linear")
        if kind == "Flatten":
            return x.flatten(1)
        if kind in ("Activation", "Softmax"):
            return self.activate("softmax" if kind == "Softmax" else activation, x)
        if kind in ("MaxPooling2D", "AveragePooling2D"):
            return pool(kind, x, config)
        weight, bias = self.parameters[f"{name}.weight"], self.parameters.get(f"{name}.bias")
        if kind == "Dense":
            return self.activate(activation, F.linear(x, weight, bias))
        stride = pair(config.get("strides"), 1)
        pad = padding(config, x.shape[2:], weight.shape[2:], stride)
        return self.activate(activation, F.conv2d(x, weight, bias, stride, pad))


def loss_of(forward, target, kind):
    if kind in ("mse", "mean_squared_error"):
        return F.mse_loss(forward.output, F.one_hot(target, forward.output.shape[1]).double())
    return -forward.output.log().gather(1, target[:, None]).mean()


def comparisons(tensors, forward, loss, probe):
    yield "loss", loss
    if forward.logits is not None and "logits" in tensors:
        yield "logits", forward.logits
        yield "grad.logits", forward.logits.grad
    for name, value in forward.kept.items():
        if name != "input":
            yield f"activation.{name}", value
        yield f"grad.activation.{name}", value.grad
    for name, value in forward.parameters.items():
        if not probe:
            yield f"grad.{name}", value.grad


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dump", type=pathlib.Path)
    parser.add_argument("model", nargs="?", default="lenet5")
    parser.add_argument("--tolerance", type=float, default=1e-4)
    arguments = parser.parse_args()
    path = pathlib.Path(arguments.model)
    if path.suffix != ".json":
        path = ROOT / "models" / f"{arguments.model}.json"
    model = json.loads(path.read_text())
    tensors, metadata = read(arguments.dump)

    forward = Forward(tensors, model["layers"])
    loss = loss_of(forward, torch.tensor(tensors["target"]), model.get("loss", "categorical_crossentropy"))
    loss.backward()
    worst, wrong = 0.0, []
    for name, expected in comparisons(tensors, forward, loss, "probe" in metadata):
        if name not in tensors:
            wrong.append(f"{name}: missing")
            continue
        expected, found = expected.detach().numpy(), tensors[name].astype(numpy.float64)
        if expected.shape != found.shape:
            wrong.append(f"{name}: expected shape {expected.shape}, found {found.shape}")
            continue
        scale = max(numpy.abs(expected).max(), 1e-30)
        error = numpy.abs(expected - found).max() / scale
        worst = max(worst, error)
        print(f"{name:32} {str(found.shape):20} error {error:.2e}")
        if not error <= arguments.tolerance:
            wrong.append(f"{name}: error {error:.2e}")
    print(f"largest error {worst:.2e}; tolerance {arguments.tolerance:.0e}")
    for line in wrong:
        print(f"wrong: {line}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
