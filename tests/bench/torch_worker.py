"""Measures PyTorch training on request; tests/bench/measure.py asks.

Reads one request a line, answers one line:

    threads N
    train NETWORK OPTIMIZER VARIANT SECONDS    steps per second, or "error: …"

VARIANT is eager or compiled, with +fused for the fused optimizer. The loop is the plain one: data in
memory as float tensors, shuffled indices, zero_grad, forward, loss, backward, step.
"""

import sys
import time

import torch
from torch import nn

BATCH, SAMPLES = 64, 6400


def conv_norm(before, channels, kernel, stride):
    return [nn.Conv2d(before, channels, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(channels)]


class Block(nn.Module):
    def __init__(self, before, channels, stride):
        super().__init__()
        self.main = nn.Sequential(
            *conv_norm(before, channels, 3, stride), nn.ReLU(), *conv_norm(channels, channels, 3, 1)
        )
        self.skip = nn.Sequential(*conv_norm(before, channels, 1, stride)) if stride > 1 else nn.Identity()

    def forward(self, x):
        return torch.relu(self.main(x) + self.skip(x))


def network(name):
    if name == "resnet":
        return nn.Sequential(
            *conv_norm(1, 16, 3, 1), nn.ReLU(), nn.MaxPool2d(2),
            Block(16, 16, 1), Block(16, 32, 2), Block(32, 32, 1),
            nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(32, 10),
        )
    if name == "mlp":
        return nn.Sequential(
            nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 10)
        )
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10),
    )


class Training:
    def __init__(self, name, optimizer, variant):
        model = network(name)
        kind = torch.optim.SGD if optimizer == "sgd" else torch.optim.Adam
        options = {"fused": True} if variant.endswith("+fused") else {}
        self.optimizer = kind(model.parameters(), lr=1e-4, **options)
        self.model = torch.compile(model) if variant.startswith("compiled") else model
        self.loss = nn.CrossEntropyLoss()
        self.x = torch.rand(SAMPLES, 1, 28, 28)
        self.y = torch.randint(0, 10, (SAMPLES,))
        self.order = torch.randperm(SAMPLES)
        self.position = 0

    def step(self):
        index = self.order[self.position : self.position + BATCH]
        self.position = (self.position + BATCH) % SAMPLES
        self.optimizer.zero_grad()
        loss = self.loss(self.model(self.x[index]), self.y[index])
        loss.backward()
        self.optimizer.step()

    def measure(self, seconds):
        for _ in range(10):
            self.step()
        steps, start = 0, time.perf_counter()
        while True:
            self.step()
            steps += 1
            elapsed = time.perf_counter() - start
            if elapsed >= seconds:
                return steps / elapsed


def main():
    trainings = {}
    print(torch.__version__, flush=True)
    for line in sys.stdin:
        words = line.split()
        try:
            if words[0] == "threads":
                torch.set_num_threads(int(words[1]))
                print("ok", flush=True)
                continue
            key = (*words[1:4], torch.get_num_threads())
            if key not in trainings:
                trainings[key] = Training(*words[1:4])
            print(f"{trainings[key].measure(float(words[4])):.3f}", flush=True)
        except Exception as problem:  # a variant that this PyTorch lacks is no reason to stop
            print("error:", str(problem).splitlines()[0] if str(problem) else type(problem).__name__, flush=True)


main()
