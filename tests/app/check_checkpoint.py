#!/usr/bin/env python3
"""Checkpoints between Layerscope, the format's own library and PyTorch, in both directions.

    tests/app/check_checkpoint.py build/release/src/app/layerscope

A reader and a writer of the format in plain Python check names, shapes, places and metadata. Where the modules
safetensors and torch are installed, the files pass through them too: our tensors must load into a module with
strict=True, and what PyTorch saves must load here, with the layers' names and with others.
"""

import base64
import json
import pathlib
import struct
import subprocess
import sys
import tempfile

SHAPES = {
    "conv1.weight": [6, 1, 5, 5], "conv1.bias": [6],
    "conv2.weight": [16, 6, 5, 5], "conv2.bias": [16],
    "dense1.weight": [120, 400], "dense1.bias": [120],
    "dense2.weight": [84, 120], "dense2.bias": [84],
    "output.weight": [10, 84], "output.bias": [10],
}
PARAMETERS = 61706
# A Sequential numbers its children, those without parameters too.
OTHER_NAMES = {"conv1": "net.0", "conv2": "net.3", "dense1": "net.7", "dense2": "net.9", "output": "net.11"}


def read(path):
    """Tensors as (dtype, shape, bytes), and the metadata."""
    raw = path.read_bytes()
    length = struct.unpack("<Q", raw[:8])[0]
    assert length < 100_000_000 and length % 8 == 0, length
    header, data = json.loads(raw[8:8 + length]), raw[8 + length:]
    metadata = header.pop("__metadata__")
    end = 0
    for name, item in sorted(header.items(), key=lambda entry: entry[1]["data_offsets"]):
        assert item["data_offsets"][0] == end, name
        end = item["data_offsets"][1]
    assert end == len(data), (end, len(data))
    return {name: (item["dtype"], item["shape"], data[slice(*item["data_offsets"])])
            for name, item in header.items()}, metadata


def write(path, tensors, metadata):
    """As the format's library does: sorted by name."""
    header, data = {"__metadata__": metadata}, b""
    for name, (dtype, shape, values) in sorted(tensors.items()):
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(data), len(data) + len(values)]}
        data += values
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def renamed(name):
    layer, parameter = name.split(".")
    return f"{OTHER_NAMES[layer]}.{parameter}"


NORMS = {
    "name": "norms",
    "layers": [
        {"class_name": "Conv2D", "config": {"name": "conv", "filters": 4, "kernel_size": 5, "strides": 2}},
        {"class_name": "BatchNormalization", "config": {"name": "norm"}},
        {"class_name": "ReLU", "config": {"name": "relu"}},
        {"class_name": "Flatten", "config": {"name": "flatten"}},
        {"class_name": "Dropout", "config": {"name": "dropout", "rate": 0.5}},
        {"class_name": "Dense", "config": {"name": "hidden", "units": 16}},
        {"class_name": "LayerNormalization", "config": {"name": "layer_norm"}},
        {"class_name": "Dense", "config": {"name": "output", "units": None, "activation": "softmax"}},
    ],
}
NORM_NAMES = {"conv": "net.0", "norm": "net.1", "hidden": "net.5", "layer_norm": "net.6", "output": "net.7"}


class Program:
    def __init__(self, path, folder):
        self.path, self.folder = path, folder

    def train(self, *arguments, model="lenet5"):
        """The test loss, and what was said."""
        result = subprocess.run([self.path, "train", "--model", model, "--json", "-", *arguments],
                                cwd=self.folder, capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stderr
        return json.loads(result.stdout)["test_loss"], result.stderr

    def expect(self, path, loss, warnings):
        found, said = self.train("--steps", "0", "--load", str(path))
        assert found == loss, f"{path}: expected test loss {loss}, found {found}"
        assert said.count("warning") == warnings, said
        if warnings:
            assert "were taken by order and shape: net.0 as conv1, net.3 as conv2" in said, said


def check_contents(path):
    tensors, metadata = read(path)
    assert {name: shape for name, (_, shape, _) in tensors.items()} == SHAPES
    assert {dtype for dtype, _, _ in tensors.values()} == {"F32"}
    assert all(isinstance(value, str) for value in metadata.values())
    assert metadata["format"] == "pt" and metadata["step"] == "3" and metadata["seed"] == "1"
    training = json.loads(metadata["training"])
    assert training["version"] == 1 and training["optimizer"] == "adam" and training["updates"] == 3
    assert training["batch"] == 64 and training["samples"] == 60000
    for moment in "exp_avg", "exp_avg_sq":
        values = struct.unpack(f"<{PARAMETERS}f", base64.b64decode(metadata["optimizer." + moment]))
        assert any(values) and (moment == "exp_avg" or min(values) >= 0)
    assert len(json.loads(metadata["model_json"])["layers"]) == 8
    return tensors


def check_library(path, folder, program, loss):
    from safetensors.numpy import load_file, save_file
    arrays = load_file(path)
    assert {name: list(array.shape) for name, array in arrays.items()} == SHAPES
    save_file(arrays, folder / "library.safetensors")
    program.expect("library.safetensors", loss, 0)
    save_file({renamed(name): array for name, array in arrays.items()}, folder / "renamed.safetensors")
    program.expect("renamed.safetensors", loss, 1)


def check_torch(path, folder, program, loss):
    import collections
    import torch
    from safetensors.torch import load_file, save_file
    module = torch.nn.Sequential(collections.OrderedDict(
        conv1=torch.nn.Conv2d(1, 6, 5, padding=2), conv2=torch.nn.Conv2d(6, 16, 5),
        dense1=torch.nn.Linear(400, 120), dense2=torch.nn.Linear(120, 84), output=torch.nn.Linear(84, 10)))
    module.load_state_dict(load_file(path), strict=True)
    save_file(module.state_dict(), folder / "torch.safetensors")
    program.expect("torch.safetensors", loss, 0)


def check_norms(folder, program):
    """Running statistics under PyTorch's names, without PyTorch, then with it in both directions."""
    (folder / "norms.json").write_text(json.dumps(NORMS))

    def loss_of(file):
        return program.train("--steps", "0", "--load", file, model="norms.json")[0]

    loss, _ = program.train("--steps", "5", "--save", "norms.safetensors", model="norms.json")
    tensors, _ = read(folder / "norms.safetensors")
    assert tensors["norm.running_mean"][:2] == ("F32", [4]) and tensors["norm.running_var"][:2] == ("F32", [4])
    assert tensors["norm.num_batches_tracked"] == ("I64", [], struct.pack("<q", 5))
    variances = struct.unpack("<4f", tensors["norm.running_var"][2])
    assert all(v > 0 and v != 1 for v in variances), variances
    assert loss_of("norms.safetensors") == loss
    write(folder / "norms-other.safetensors",
          {f"{NORM_NAMES[n.split('.')[0]]}.{n.split('.')[1]}": t for n, t in tensors.items()}, {})
    assert loss_of("norms-other.safetensors") == loss
    del tensors["norm.running_var"]
    write(folder / "norms-less.safetensors", tensors, {})
    refused = subprocess.run([program.path, "train", "--model", "norms.json", "--steps", "0", "--load",
                              "norms-less.safetensors"], cwd=folder, capture_output=True, text=True, check=False)
    assert refused.returncode == 1 and 'tensor "norm.running_var" is missing' in refused.stderr, refused.stderr

    import collections
    import torch
    from safetensors.torch import load_file, save_file
    module = torch.nn.Sequential(collections.OrderedDict(
        conv=torch.nn.Conv2d(1, 4, 5, stride=2), norm=torch.nn.BatchNorm2d(4), relu=torch.nn.ReLU(),
        flatten=torch.nn.Flatten(), dropout=torch.nn.Dropout(), hidden=torch.nn.Linear(576, 16),
        layer_norm=torch.nn.LayerNorm(16), output=torch.nn.Linear(16, 10)))
    module.load_state_dict(load_file(folder / "norms.safetensors"), strict=True)
    assert module.norm.num_batches_tracked == 5
    save_file(module.state_dict(), folder / "norms-torch.safetensors")
    assert loss_of("norms-torch.safetensors") == loss


def attempt(what, check, *arguments):
    try:
        check(*arguments)
    except ModuleNotFoundError as missing:
        print(f"{what}: not checked, {missing.name} is not installed")
        return
    print(f"{what}: agrees")


def main():
    with tempfile.TemporaryDirectory(prefix="layerscope-") as name:
        folder = pathlib.Path(name)
        program, path = Program(str(pathlib.Path(sys.argv[1]).resolve()), folder), folder / "run.safetensors"
        loss, _ = program.train("--steps", "3", "--optimizer", "adam", "--save", str(path))
        tensors = check_contents(path)
        program.expect(path, loss, 0)
        write(folder / "plain.safetensors", tensors, {"format": "pt"})
        program.expect("plain.safetensors", loss, 0)
        write(folder / "other.safetensors", {renamed(name): item for name, item in tensors.items()}, {})
        program.expect("other.safetensors", loss, 1)
        print("plain Python: agrees")
        attempt("safetensors", check_library, path, folder, program, loss)
        attempt("PyTorch", check_torch, path, folder, program, loss)
        attempt("batch and layer norms with PyTorch", check_norms, folder, program)


if __name__ == "__main__":
    main()
