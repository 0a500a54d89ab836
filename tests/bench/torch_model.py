"""A model file of Layerscope's own format as PyTorch computes it, in double, from the numbers of a dump.

Settings that a file leaves out have the defaults of docs/file-formats.md. The masks of a training batch's
dropouts are drawn here as src/compute/op_math.h defines them, from the dump's seed and step. In evaluation
dropouts do nothing and batch norms use the running statistics."""

import json
import struct

import numpy
import torch
import torch.nn.functional as F

BASES = {
    "Conv2D": "conv2d", "MaxPooling2D": "max_pooling2d", "AveragePooling2D": "average_pooling2d",
    "GlobalAveragePooling2D": "global_average_pooling2d", "BatchNormalization": "batch_normalization",
    "LayerNormalization": "layer_normalization", "ReLU": "re_lu", "LeakyReLU": "leaky_re_lu",
}
LOSSES = {"categorical_crossentropy": "cross-entropy", "sparse_categorical_crossentropy": "cross-entropy",
          "mse": "mse", "mean_squared_error": "mse", "binary_crossentropy": "binary"}


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


def philox(seed, purpose, step, index):
    """Word index & 3 of block index >> 2 of Philox4x32-10, as src/base/rng.h."""
    low = numpy.uint64(0xFFFFFFFF)
    block = index >> numpy.uint64(2)
    counter = [block & low, block >> numpy.uint64(32), numpy.full_like(block, step & 0xFFFFFFFF),
               numpy.full_like(block, purpose)]
    keys = [seed & 0xFFFFFFFF, seed >> 32 & 0xFFFFFFFF]
    for _ in range(10):
        first, second = (numpy.uint64(m) * counter[i] for m, i in ((0xD2511F53, 0), (0xCD9E8D57, 2)))
        counter = [second >> numpy.uint64(32) ^ counter[1] ^ numpy.uint64(keys[0]), second & low,
                   first >> numpy.uint64(32) ^ counter[3] ^ numpy.uint64(keys[1]), first & low]
        keys = [(keys[0] + 0x9E3779B9) & 0xFFFFFFFF, (keys[1] + 0xBB67AE85) & 0xFFFFFFFF]
    return numpy.choose((index & numpy.uint64(3)).astype(int), counter)


def dropout_keeps(rate, seed, step, operation, shape):
    """The mask of one dropout: operation is its number in the program."""
    dropout = 2
    index = numpy.arange(numpy.prod(shape), dtype=numpy.uint64) + numpy.uint64(operation << 40)
    words = philox(seed, dropout, step, index) >> numpy.uint64(8)
    return (words.astype(numpy.float32) * numpy.float32(2**-24) >= numpy.float32(rate)).reshape(shape)


def operations(layer, last, loss):
    """How many operations the layer becomes."""
    kind, activation = layer["class_name"], layer.get("config", {}).get("activation")
    if kind in ("Add", "Concatenate"):
        return len(layer["inputs"]) - 1
    name = activation["class_name"] if isinstance(activation, dict) else activation
    own = str(name).lower() in ("softmax", "gelu") or (last and loss == "binary")
    return 2 if own and kind in ("Dense", "Conv2D") else 1


def pair(value, default):
    value = default if value is None else value
    return tuple(value) if isinstance(value, list) else (value, value)


def paddings(config, size, kernel, stride, dilation=(1, 1)):
    """Rows and columns of zeros: ((top, bottom), (left, right))."""
    value = config.get("padding", "valid")
    if value == "valid":
        return ((0, 0), (0, 0))
    if value != "same":
        if isinstance(value, list) and isinstance(value[0], list):
            return tuple(map(tuple, value))
        return tuple((p, p) for p in pair(value, 0))
    reach = [d * (k - 1) + 1 for d, k in zip(dilation, kernel)]
    total = [max((-(-n // s) - 1) * s + r - n, 0) for n, r, s in zip(size, reach, stride)]
    return tuple((t // 2, t - t // 2) for t in total)


def padded(x, pads, value=0.0):
    return F.pad(x, (*pads[1], *pads[0]), value=value)


def pool(kind, x, config):
    kernel = pair(config.get("pool_size"), 2)
    stride = pair(config.get("strides"), list(kernel))
    pads = paddings(config, x.shape[2:], kernel, stride)
    if kind == "MaxPooling2D":
        return F.max_pool2d(padded(x, pads, -torch.inf), kernel, stride)
    mean = F.avg_pool2d(padded(x, pads), kernel, stride)
    if config.get("count_include_pad", True):
        return mean
    return mean / F.avg_pool2d(padded(torch.ones_like(x), pads), kernel, stride)


def layer_names(layers):
    """As Layerscope and Keras name layers that have no name of their own."""
    counts = {}
    for layer in layers:
        name = layer.get("config", {}).get("name")
        if name is None:
            base = BASES.get(layer["class_name"], layer["class_name"].lower())
            name = base + (f"_{counts[base]}" if base in counts else "")
            counts[base] = counts.get(base, 0) + 1
        yield name


class Forward:
    """One pass through the model; keeps what is compared, with its gradient."""

    def __init__(self, tensors, metadata, model, dtype=torch.float64):
        self.dtype = dtype
        self.tensors, self.training = tensors, "probe" not in metadata
        self.seed, self.step, self.operation = int(metadata["seed"]), int(metadata["step"]), 0
        self.loss_kind = LOSSES[model.get("loss", "categorical_crossentropy")]
        self.logits = None
        self.parameters = {
            name[len("param."):]: torch.tensor(value, dtype=dtype, requires_grad=True)
            for name, value in tensors.items() if name.startswith("param.")
        }
        self.buffers = {
            name[len("buffer."):]: torch.tensor(value, dtype=dtype)
            for name, value in tensors.items() if name.startswith("buffer.")
        }
        self.kept = {"input": torch.tensor(tensors["input"], dtype=dtype, requires_grad=True)}
        last = "input"
        for layer, name in zip(model["layers"], layer_names(model["layers"])):
            self.logits = None
            inputs = [self.kept[source] for source in layer.get("inputs", [last])]
            ones = (1,) * (inputs[0].dim() - 2)  # of a vector beside a map of 1 × 1
            inputs = [value if value.dim() == inputs[0].dim() else value.reshape(value.shape[:2] + ones)
                      for value in inputs]
            result = self.apply(layer["class_name"], layer.get("config", {}), name, inputs)
            self.kept[name] = result.clone() if any(result is value for value in inputs) else result
            self.operation += operations(layer, layer is model["layers"][-1], self.loss_kind)
            last = name
        self.output = self.kept[last]
        for value in self.kept.values():
            value.retain_grad()

    def activate(self, which, x):
        """`which` is a name or a class with its config."""
        if isinstance(which, str):
            which = {"class_name": which, "config": {}}
        kind, config = which["class_name"], which.get("config", {})
        if kind in ("softmax", "Softmax"):
            self.logits = x
            x.retain_grad()
            return torch.softmax(x, dim=1)
        if kind in ("sigmoid", "gelu", "GELU"):
            self.logits = x
            x.retain_grad()
        slope = config.get("negative_slope", config.get("alpha"))
        return {
            "linear": lambda: x, "sigmoid": lambda: torch.sigmoid(x), "tanh": lambda: torch.tanh(x),
            "relu": lambda: torch.relu(x),
            "ReLU": lambda: F.leaky_relu(x, slope or 0.0),
            "leaky_relu": lambda: F.leaky_relu(x, 0.01),
            "LeakyReLU": lambda: F.leaky_relu(x, 0.01 if slope is None else slope),
            "elu": lambda: F.elu(x), "ELU": lambda: F.elu(x, 1.0 if slope is None else slope),
            "gelu": lambda: F.gelu(x),
            "GELU": lambda: F.gelu(x, approximate="tanh" if config.get("approximate") in (True, "tanh")
                                   else "none"),
        }[kind]()

    def dropped(self, x, rate):
        if not self.training:
            return x.clone()
        keeps = dropout_keeps(rate, self.seed, self.step, self.operation, x.shape)
        return x * torch.tensor(keeps) / (1.0 - float(numpy.float32(rate)))

    def batch_norm(self, config, name, x, weight, bias):
        mean, variance = (self.buffers[f"{name}.{which}"] for which in ("running_mean", "running_var"))
        result = F.batch_norm(x, mean, variance, weight, bias, self.training,
                              config.get("momentum", 0.1), float(numpy.float32(config.get("epsilon", 1e-5))))
        if self.training and config.get("unbiased", True) is False:
            self.buffers.pop(f"{name}.running_var")  # PyTorch has no biased one
        return result

    @staticmethod
    def layer_norm(config, x, weight, bias):
        epsilon = float(numpy.float32(config.get("epsilon", 1e-5)))
        if config.get("axis") is None:
            weight, bias = (None if p is None else p.reshape(x.shape[1:]) for p in (weight, bias))
            return F.layer_norm(x, x.shape[1:], weight, bias, epsilon)
        return F.layer_norm(x.movedim(1, -1), x.shape[1:2], weight, bias, epsilon).movedim(-1, 1)

    def apply(self, kind, config, name, inputs):
        x = inputs[0]
        activation = config.get("activation") or "linear"
        weight, bias = self.parameters.get(f"{name}.weight"), self.parameters.get(f"{name}.bias")
        if kind == "Flatten":
            return x.flatten(1)
        if kind == "Activation":
            return self.activate(activation, x)
        if kind in ("ReLU", "LeakyReLU", "ELU", "GELU", "Softmax"):
            return self.activate({"class_name": kind, "config": config}, x)
        if kind in ("MaxPooling2D", "AveragePooling2D"):
            return pool(kind, x, config)
        if kind == "GlobalAveragePooling2D":
            return x.mean((2, 3), keepdim=True)
        if kind == "Dropout":
            return self.dropped(x, config.get("rate", 0.5))
        if kind == "BatchNormalization":
            return self.batch_norm(config, name, x, weight, bias)
        if kind == "LayerNormalization":
            return self.layer_norm(config, x, weight, bias)
        if kind == "Add":
            return sum(inputs[1:], x)
        if kind == "Concatenate":
            return torch.cat(inputs, 1)
        if kind == "Dense":
            return self.activate(activation, F.linear(x.flatten(1), weight, bias))
        stride, dilation = pair(config.get("strides"), 1), pair(config.get("dilation_rate"), 1)
        pads = paddings(config, x.shape[2:], weight.shape[2:], stride, dilation)
        return self.activate(activation, F.conv2d(padded(x, pads), weight, bias, stride, 0, dilation))

    def loss(self):
        target = torch.tensor(self.tensors["target"])
        outputs = self.output.flatten(1)
        if self.loss_kind == "cross-entropy":
            return -torch.log_softmax(self.logits.flatten(1), 1).gather(1, target[:, None]).mean()
        if not target.is_floating_point():
            target = target[:, None] if outputs.shape[1] == 1 else F.one_hot(target, outputs.shape[1])
        target = target.to(self.dtype)
        if self.loss_kind == "mse":
            return F.mse_loss(outputs, target)
        return F.binary_cross_entropy_with_logits(self.logits.flatten(1), target)

    def output_gradient(self):
        """With respect to the last softmax or sigmoid, whose loss was computed from its input: as its
        definition reads."""
        target, y = torch.tensor(self.tensors["target"]), self.output.detach().flatten(1)
        if self.loss_kind == "cross-entropy":
            one_hot = F.one_hot(target, y.shape[1]).bool()
            return torch.where(one_hot, -1 / y / len(y), 0.0).reshape(self.output.shape)
        if not target.is_floating_point():
            target = target[:, None] if y.shape[1] == 1 else F.one_hot(target, y.shape[1])
        other = torch.sigmoid(-self.logits.detach().flatten(1))
        return (((1 - target) / other - target / y) / y.numel()).reshape(self.output.shape)


def comparisons(tensors, forward, loss):
    """What the dump should hold, by name, after loss.backward()."""
    yield "loss", loss
    conditioned = forward.loss_kind != "mse"
    if "logits" in tensors and forward.logits is not None:
        yield "logits", forward.logits
        yield "grad.logits", forward.logits.grad
    for name, value in forward.kept.items():
        if name != "input":
            yield f"activation.{name}", value
        if conditioned and value is forward.output:
            yield f"grad.activation.{name}", forward.output_gradient()
        else:
            yield f"grad.activation.{name}", value.grad if value.grad is not None else torch.zeros_like(value)
    for name, value in forward.parameters.items():
        if forward.training:
            yield f"grad.{name}", value.grad


def largest_difference(a, b):
    differs = a != b  # so that infinities agree
    return numpy.abs(a[differs] - b[differs]).max(initial=0.0)


def compare(tensors, metadata, model, tolerance, report=None):
    """The largest error, as a share of the tensor's largest value, and what is wrong, as a list of lines.
    Values that cancelled are compared on a scale of at least a thousandth of the largest gradient or a ten
    thousandth of the largest activation; a parameter's gradient, a sum over n samples and places, of a
    hundredth of √n times its layer's largest. Where
    PyTorch in float is off by more than a tenth of the tolerance, ten times its error is allowed: the network
    itself makes rounding grow."""
    exact, single = (Forward(tensors, metadata, model, dtype) for dtype in (torch.float64, torch.float32))
    values = []
    for forward in (exact, single):
        loss = forward.loss()
        loss.backward()
        values.append([(name, value.detach().numpy().astype(numpy.float64))
                       for name, value in comparisons(tensors, forward, loss)])
    gradients = [numpy.abs(value).max() for name, value in values[0] if name.startswith("grad.")]
    least = 1e-3 * float(max((g for g in gradients if numpy.isfinite(g)), default=0.0))
    least_value = 1e-4 * max(numpy.abs(value).max() for name, value in values[0] if name.startswith("act"))
    of_layers = {name[len("grad.activation."):]: value for name, value in values[0]
                 if name.startswith("grad.activation.")}
    worst, wrong = 0.0, []
    for (name, expected), (_, rounded) in zip(*values):
        if name not in tensors:
            wrong.append(f"{name}: missing")
            continue
        found = tensors[name].astype(numpy.float64)
        if expected.shape != found.shape:
            wrong.append(f"{name}: expected shape {expected.shape}, found {found.shape}")
            continue
        scale = max(numpy.abs(expected).max(),
                    least if name.startswith("grad.") else least_value if name != "loss" else 0.0, 1e-30)
        layer = of_layers.get(name[len("grad."):].rpartition(".")[0])
        if layer is not None and numpy.isfinite(layer).all():
            scale = max(scale, 1e-2 * numpy.abs(layer).max() * (layer.size / layer.shape[1]) ** 0.5)
        error, of_float = (largest_difference(expected, other) / scale for other in (found, rounded))
        worst = max(worst, error)
        if report:
            report(f"{name:32} {str(found.shape):20} error {error:.2e}, PyTorch's in float {of_float:.2e}")
        if not error <= max(tolerance, 10 * of_float):
            wrong.append(f"{name}: error {error:.2e}, PyTorch's in float {of_float:.2e}, largest value {scale:.2e}")
    return worst, wrong
