#!/usr/bin/env python3
"""Training speed on a CUDA device, Layerscope beside PyTorch in one run; prints one Markdown table.

    compare_pytorch_gpu.py BENCH_GPU_PROGRAM [--rounds N] [--seconds S] [--limit S]

Both train the same networks with Adam on data that lie on the device. PyTorch is tried with whole steps in
a CUDA graph, plain and through torch.compile, and eagerly, each with the fused optimizer, in fp32 (TF32
off) and with TF32 on; its best variant counts. The program and PyTorch take turns; the table has medians.
Layerscope computes in fp32: a ratio beside PyTorch's TF32 is that of its fp32 to PyTorch's TF32. Exit
status 77 without a device or a PyTorch that sees it. --limit: what is not tried by then is left out.
"""

import argparse
import statistics
import subprocess
import sys
import time

BATCHES = {"mlp": 64, "lenet5": 64, "wide": 1024}
SAMPLES = 12800
VARIANTS = ("graph", "compiled graph", "eager")
SKIPPED = 77


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(SKIPPED)


try:
    import torch
    from torch import nn
except ImportError:
    skip("PyTorch is not installed")


def network(name):
    if name == "lenet5":
        return nn.Sequential(
            nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10),
        )
    sizes = (784, 4096, 4096, 4096) if name == "wide" else (784, 128, 64)
    layers = [nn.Flatten()]
    for before, after in zip(sizes, sizes[1:]):
        layers += [nn.Linear(before, after), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(sizes[-1], 10))


class Training:
    """One network with its data. A step takes the next rows of a shuffled order, all on the device."""

    def __init__(self, name, variant):
        device = torch.device("cuda")
        self.batch = BATCHES[name]
        model = network(name).to(device)
        self.optimizer = torch.optim.Adam(model.parameters(), lr=1e-4, fused=True, capturable=True)
        self.model = torch.compile(model) if variant.startswith("compiled") else model
        self.loss = nn.CrossEntropyLoss()
        self.x = torch.rand(SAMPLES, 1, 28, 28, device=device)
        self.y = torch.randint(0, 10, (SAMPLES,), device=device)
        self.order = torch.randperm(SAMPLES, device=device)
        self.position = torch.zeros((), dtype=torch.int64, device=device)
        self.offsets = torch.arange(self.batch, device=device)
        self.graph = None
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(5):
                self.step()
        torch.cuda.current_stream().wait_stream(side)
        if variant.endswith("graph"):
            graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(graph):
                self.step()
            self.graph = graph

    def step(self):
        index = self.order[(self.position + self.offsets) % SAMPLES]
        self.position.add_(self.batch)
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.loss(self.model(self.x[index]), self.y[index])
        loss.backward()
        self.optimizer.step()

    def rate(self, seconds):
        one = self.graph.replay if self.graph else self.step
        for _ in range(50):
            one()
        torch.cuda.synchronize()
        steps, begin = 0, time.perf_counter()
        while True:
            for _ in range(64):
                one()
            torch.cuda.synchronize()
            steps += 64
            elapsed = time.perf_counter() - begin
            if elapsed >= seconds:
                return steps / elapsed


def set_tf32(on):
    torch.backends.cuda.matmul.allow_tf32 = on
    torch.backends.cudnn.allow_tf32 = on


class Own:
    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def rate(self, name, seconds):
        self.process.stdin.write(f"train {name} adam {seconds}\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().strip()
        try:
            return float(answer)
        except ValueError:
            sys.exit(f"compare_pytorch_gpu.py: {name}: {answer or 'the program ended early'}")


def best_training(name, seconds, deadline):
    """The fastest variant that this PyTorch can run, and its name; (None, None) when there is no time."""
    best, best_rate, best_variant = None, 0.0, None
    for variant in VARIANTS:
        if time.monotonic() > deadline:
            print(f"  PyTorch {name} {variant}: left out, no time", file=sys.stderr)
            continue
        try:
            training = Training(name, variant)
            rate = training.rate(seconds)
        except Exception as problem:  # a variant that this PyTorch lacks is no reason to stop
            first = (str(problem).splitlines() or [type(problem).__name__])[0]
            print(f"  PyTorch {name} {variant}: not to be had: {first}", file=sys.stderr)
            continue
        print(f"  PyTorch {name} {variant}: {rate:.0f} steps/s", file=sys.stderr)
        if rate > best_rate:
            best, best_rate, best_variant = training, rate, variant
    return best, best_variant


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.5)
    parser.add_argument("--limit", type=float, default=110.0)
    options = parser.parse_args()
    if not torch.cuda.is_available():
        skip("PyTorch sees no CUDA device")
    deadline = time.monotonic() + options.limit
    own = Own(options.program)
    print(f"{torch.cuda.get_device_name()}, PyTorch {torch.__version__}, CUDA {torch.version.cuda}\n")
    print("| network | batch | PyTorch's precision | Layerscope fp32, steps/s | PyTorch, steps/s | ratio | PyTorch at its best |")
    print("|---|---|---|---|---|---|---|")
    for tf32 in (False, True):
        set_tf32(tf32)
        for name, batch in BATCHES.items():
            training, variant = best_training(name, options.seconds / 2, deadline)
            ours, theirs = [], []
            for _ in range(options.rounds):
                ours.append(own.rate(name, options.seconds))
                if training:
                    theirs.append(training.rate(options.seconds))
            rate = statistics.median(ours)
            their = f"{statistics.median(theirs):.0f} | {rate / statistics.median(theirs):.2f}" if theirs else "- | -"
            print(f"| {name} | {batch} | {'TF32' if tf32 else 'fp32'} | {rate:.0f} | {their} | {variant or '-'} |",
                  flush=True)
            del training
            torch.cuda.empty_cache()


if __name__ == "__main__":
    main()
