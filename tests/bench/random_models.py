#!/usr/bin/env python3
"""Random networks, which nobody has written down, beside PyTorch's autograd.

    tests/bench/random_models.py build/src/app/layerscope --count 300 --seed 1

Each network has up to a dozen layers of all kinds with random settings, branches that meet again, and one of
the losses. `layerscope dump` writes a training batch and a test sample on display, after a few steps; PyTorch
computes the same in double from the dump's parameters. Running statistics after one step are compared with
those of PyTorch's own batch norm. The built-in models come first. Exit status 1 when anything is off by more than
--tolerance of its tensor's largest value and by more than ten times the error of PyTorch in float; the model's
file is kept then."""

import argparse
import json
import pathlib
import random
import subprocess
import sys
import tempfile

try:
    import numpy
    from torch_model import Forward, compare, read
except ImportError as error:
    print(f"skipped, because PyTorch or NumPy is missing: {error}")
    sys.exit(77)

ROOT = pathlib.Path(__file__).resolve().parents[2]
ACTIVATIONS = ["linear", "sigmoid", "tanh", "relu", "leaky_relu", "elu", "gelu"]
# name: shape of a sample, classes; 0: targets
DATA = {"maps": ((3, 9, 11), 5), "image": ((1, 12, 8), 2), "heights": ((2, 7, 7), 0), "rows": ((7, 1, 1), 3),
        "pairs": ((4, 1, 1), 2)}


def write_data(folder):
    generator = numpy.random.default_rng(1)
    for name, (shape, classes) in DATA.items():
        path = folder / name
        path.mkdir()
        x = generator.normal(size=(120, *(shape if shape[1:] != (1, 1) else shape[:1]))).astype(numpy.float32)
        numpy.save(path / "X.npy", x)
        y = generator.integers(0, classes, 120) if classes else generator.normal(size=(120, 2))
        numpy.save(path / "y.npy", y.astype(numpy.int64 if classes else numpy.float32))


class Writer:
    """Adds layers to a model and follows their shapes."""

    def __init__(self, draw, shape):
        self.draw, self.layers = draw, []
        self.shapes, self.kinds, self.unread = {"input": shape}, {"input": "Input"}, {"input"}

    def add(self, kind, shape, inputs, **config):
        name = f"{kind.lower()}_{len(self.layers)}"
        self.layers.append({"class_name": kind, "config": {"name": name, **config}, "inputs": inputs})
        self.shapes[name], self.kinds[name] = shape, kind
        self.unread -= set(inputs)
        self.unread.add(name)
        return name

    def activation(self):
        d = self.draw
        return d.choice([d.choice(ACTIVATIONS),
                         {"class_name": "LeakyReLU", "config": {"negative_slope": d.uniform(0, 1)}},
                         {"class_name": "ELU", "config": {"alpha": d.uniform(0.2, 2)}},
                         {"class_name": "GELU", "config": {"approximate": "tanh"}}])

    def window(self, shape, config, dilates, pool):
        """The output's height and width, or None when nothing fits."""
        d, result = self.draw, []
        kernel = [d.randint(1, 4), d.randint(1, 4)]
        stride = [d.randint(1, 3), d.randint(1, 3)] if d.random() < 0.4 else [1, 1]
        dilation = [d.randint(1, 3), d.randint(1, 3)] if dilates and d.random() < 0.4 else [1, 1]
        how = d.choice(["valid", "same", "number", "sides"])
        sides = [[0, 0], [0, 0]]
        if how == "number":
            sides = [[d.randint(0, 2)] * 2, [d.randint(0, 2)] * 2]
            config["padding"] = [sides[0][0], sides[1][0]]
        elif how == "sides":
            sides = [[d.randint(0, 2), d.randint(0, 2)] for _ in range(2)]
            config["padding"] = sides
        else:
            config["padding"] = how
        for size, k, s, e, side in zip(shape[1:], kernel, stride, dilation, sides):
            room = size + sum(side) - e * (k - 1) - 1
            if pool and max(side) >= k:
                return None
            if how == "same":
                total = max((-(-size // s) - 1) * s + e * (k - 1) + 1 - size, 0)
                if pool and total - total // 2 >= k:
                    return None
                result.append(-(-size // s))
            elif room < 0:
                return None
            else:
                result.append(room // s + 1)
        config["pool_size" if pool else "kernel_size"] = kernel
        config["strides"] = stride
        if dilates:
            config["dilation_rate"] = dilation
        return tuple(result)

    def step(self):
        """One layer that reads one of the last few, or two that meet."""
        d = self.draw
        names = list(self.shapes)
        source = d.choice(names[-3:]) if d.random() < 0.4 else names[-1]
        shape = self.shapes[source]
        image = shape[1] * shape[2] > 1
        kind = d.choice([*(["Conv2D", "Conv2D", "MaxPooling2D", "AveragePooling2D"] if image else
                           ["Dense", "Dense", "Softmax"]),
                         "BatchNormalization", "LayerNormalization", "Activation", "Dropout", "Add",
                         "Concatenate"])
        config = {}
        if kind == "Conv2D":
            size, channels = self.window(shape, config, True, False), d.randint(1, 6)
            if size:
                self.add(kind, (channels, *size), [source], filters=channels, use_bias=d.random() < 0.8,
                         activation=self.activation(), **config)
        elif kind.endswith("Pooling2D"):
            size = self.window(shape, config, False, True)
            if kind == "AveragePooling2D" and d.random() < 0.5:
                config["count_include_pad"] = d.random() < 0.5
            if size:
                self.add(kind, (shape[0], *size), [source], **config)
        elif kind == "Dense":
            units = d.randint(1, 12)
            self.add(kind, (units, 1, 1), [source], units=units, activation=self.activation(),
                     use_bias=d.random() < 0.8)
        elif kind == "BatchNormalization":
            self.add(kind, shape, [source], epsilon=d.choice([1e-5, 1e-3, 0.1]),
                     momentum=d.uniform(0.05, 0.9), scale=d.random() < 0.8, center=d.random() < 0.8,
                     unbiased=d.random() < 0.8)
        elif kind == "LayerNormalization":
            if d.random() < 0.5:
                config["axis"] = 1
            self.add(kind, shape, [source], epsilon=d.choice([1e-5, 1e-3, 0.1]), scale=d.random() < 0.8,
                     center=d.random() < 0.8, **config)
        elif kind == "Activation":
            self.add(kind, shape, [source], activation=self.activation())
        elif kind == "Dropout":
            self.add(kind, shape, [source], rate=d.choice([0.1, 0.25, 0.5]))
        elif kind == "Softmax":
            self.add(kind, shape, [source])
        else:
            fits = [name for name, other in self.shapes.items()
                    if other == shape or (kind == "Concatenate" and other[1:] == shape[1:])]
            others = d.sample(fits, min(len(fits), d.randint(1, 3)))
            others = [other for other in others if other != source]
            if others:
                more = sum(self.shapes[other][0] for other in others)
                channels = shape[0] + (more if kind == "Concatenate" else 0)
                self.add(kind, (channels, *shape[1:]), [source, *others])

    def finish(self, classes, loss):
        """Everything that nobody reads yet meets in the last layer."""
        ends = []
        for name in [n for n in self.shapes if n in self.unread]:
            shape = self.shapes[name]
            if shape[1] * shape[2] > 1:
                if self.draw.random() < 0.3:
                    name = self.add("GlobalAveragePooling2D", (shape[0], 1, 1), [name])
                else:
                    name = self.add("Flatten", (shape[0] * shape[1] * shape[2], 1, 1), [name])
            elif self.kinds[name] not in ("Flatten", "Dense"):
                name = self.add("Flatten", shape, [name])
            ends.append(name)
        # What is one vector in PyTorch, too.
        if len(ends) > 1:
            ends = [self.add("Flatten", self.shapes[name], [name])
                    if self.kinds[name] == "GlobalAveragePooling2D" else name for name in ends]
            ends = [self.add("Concatenate", (sum(self.shapes[name][0] for name in ends), 1, 1), ends)]
        last = {"cross-entropy": "softmax", "binary": "sigmoid"}.get(loss)
        units = 1 if loss == "binary" and classes == 2 else classes or 2
        self.add("Dense", (units, 1, 1), ends, units=units,
                 activation=last or self.draw.choice([*ACTIVATIONS, "softmax"]))


def make(seed):
    """A model and the name of its data."""
    draw = random.Random(seed)
    data = draw.choice(list(DATA))
    shape, classes = DATA[data]
    loss = draw.choice(["cross-entropy", "cross-entropy", "binary", "mse"]) if classes else "mse"
    writer = Writer(draw, shape)
    for _ in range(draw.randint(1, 12)):
        writer.step()
    writer.finish(classes, loss)
    keys = {"cross-entropy": "categorical_crossentropy", "binary": "binary_crossentropy", "mse": "mse"}
    sgd = {"class_name": "SGD", "config": {"learning_rate": 0.01}}
    return {"name": f"random {seed}", "loss": keys[loss], "optimizer": sgd,
            "batch_size": draw.choice([2, 7, 16, 33]), "layers": writer.layers}, data


class Runner:
    def __init__(self, arguments, folder):
        self.arguments, self.folder, self.worst = arguments, folder, 0.0

    def dump(self, model, *options):
        path = self.folder / "dump.safetensors"
        command = [self.arguments.program, "dump", str(path), "--model", str(model),
                   "--backend", self.arguments.backend, "--overwrite", "--quiet", *options]
        run = subprocess.run(command, capture_output=True, text=True)
        if run.returncode:
            raise RuntimeError(run.stderr.strip() or f"exit status {run.returncode}")
        return read(path)

    def check(self, path, options):
        """Lines about what is wrong."""
        model, wrong = json.loads(path.read_text()), []
        for what, more in (("training", ["--steps", "3"]), ("probe", ["--steps", "3", "--probe", "5"])):
            tensors, metadata = self.dump(path, *options, *more)
            worst, lines = compare(tensors, metadata, model, self.arguments.tolerance)
            self.worst = max(self.worst, worst)
            wrong += [f"{what}: {line}" for line in lines]
        return wrong + self.check_statistics(path, model, options)

    def check_statistics(self, path, model, options):
        kinds = [layer["class_name"] for layer in model["layers"]]
        if "BatchNormalization" not in kinds:
            return []
        before = Forward(*self.dump(path, *options), model)
        after, wrong = self.dump(path, *options, "--steps", "1")[0], []
        for name, expected in before.buffers.items():
            expected, found = expected.numpy(), after[f"buffer.{name}"]
            error = numpy.abs(expected - found).max() / max(1e-2, numpy.abs(expected).max())
            if not error <= self.arguments.tolerance:
                wrong.append(f"{name} after a step: error {error:.2e}")
        return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--backend", default="cpu")
    parser.add_argument("--tolerance", type=float, default=1e-4)
    parser.add_argument("--no-built-in", action="store_true")
    parser.add_argument("--keep", type=pathlib.Path, default=pathlib.Path("."), help="where models that fail go")
    arguments = parser.parse_args()
    failed, layers, kinds = 0, 0, set()
    with tempfile.TemporaryDirectory() as folder:
        runner = Runner(arguments, pathlib.Path(folder))
        write_data(runner.folder)
        built_in = [] if arguments.no_built_in else sorted((ROOT / "models").glob("*.json"))
        cases = [(path, ["--batch", "8"], None) for path in built_in]
        for seed in range(arguments.seed, arguments.seed + arguments.count):
            model, data = make(seed)
            layers += len(model["layers"])
            kinds |= {layer["class_name"] for layer in model["layers"]}
            layout = ":layout=nchw" if DATA[data][0][1] > 1 else ""
            cases.append((runner.folder / f"{seed}.json", ["--data", f"{runner.folder / data}{layout}"], model))
        for path, options, model in cases:
            if model:
                path.write_text(json.dumps(model, indent=1))
            try:
                wrong = runner.check(path, options)
            except RuntimeError as error:
                wrong = [str(error)]
            if wrong:
                failed += 1
                kept = arguments.keep / f"random-{path.name}" if model else path
                if model:
                    kept.write_text(path.read_text())
                print(f"{kept} ({' '.join(options)}):", *wrong[:4], sep="\n  ", flush=True)
        print(f"{len(cases)} models, {layers} layers of {len(kinds)} kinds in random ones, {failed} wrong; "
              f"largest error {runner.worst:.1e}, tolerance {arguments.tolerance:.0e}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
