"""Training speed of Layerscope beside PyTorch and beside the machine's matrix product, in one table.

    measure.py BENCH_PROGRAM [PYTHON_WITH_TORCH] [--rounds N] [--seconds S]

Everyone takes turns, round by round, and the table shows medians, so that a slow minute of the machine
hits all alike. PyTorch first tries every variant (eager, compiled; fused optimizer; thread counts) and
is then measured at its best one.
"""

import argparse
import os
import statistics
import subprocess
import sys

NETWORKS, OPTIMIZERS = ("mlp", "lenet5", "resnet"), ("sgd", "adam")
VARIANTS = ("eager", "eager+fused", "compiled", "compiled+fused")


class Worker:
    """A program that answers one line to each line."""

    def __init__(self, command):
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )

    def ask(self, request):
        self.process.stdin.write(request + "\n")
        self.process.stdin.flush()
        return self.read()

    def read(self):
        line = self.process.stdout.readline()
        if not line:
            sys.exit("measure.py: a measured program ended early: " + " ".join(self.process.args))
        return line.strip()

    def rate(self, request):
        answer = self.ask(request)
        return None if answer.startswith("error") else float(answer)


def best_variants(torch, threads, seconds):
    """{(network, optimizer): (thread count, variant)}"""
    best = {}
    for network in NETWORKS:
        for optimizer in OPTIMIZERS:
            rates = {}
            for count in range(1, threads + 1):
                torch.ask(f"threads {count}")
                for variant in VARIANTS:
                    request = f"train {network} {optimizer} {variant} {seconds / 2}"
                    rate = torch.rate(request)
                    if rate:
                        rate = max(rate, torch.rate(request) or 0.0)
                        rates[count, variant] = rate
                    print(
                        f"  PyTorch {network} {optimizer} {variant}, {count} threads: "
                        + (f"{rate:.0f} steps/s" if rate else "not to be had"),
                        file=sys.stderr,
                    )
            best[network, optimizer] = max(rates, key=rates.get)
    return best


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bench")
    parser.add_argument("python", nargs="?")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=0.5)
    options = parser.parse_args()

    threads = len(os.sched_getaffinity(0))
    ours = Worker([options.bench])
    torch = version = None
    if options.python:
        worker = os.path.join(os.path.dirname(os.path.abspath(__file__)), "torch_worker.py")
        torch = Worker([options.python, worker])
        version = torch.read()
        best = best_variants(torch, threads, options.seconds)

    roof, own, theirs = [], {}, {}
    for number in range(options.rounds):
        print(f"round {number + 1} of {options.rounds}", file=sys.stderr)
        for network in NETWORKS:
            for optimizer in OPTIMIZERS:
                key = network, optimizer
                roof.append(ours.rate(f"sgemm {options.seconds / 2}"))
                own.setdefault(key, []).append(ours.rate(f"train {network} {optimizer} {options.seconds}"))
                if torch:
                    count, variant = best[key]
                    torch.ask(f"threads {count}")
                    theirs.setdefault(key, []).append(
                        torch.rate(f"train {network} {optimizer} {variant} {options.seconds}")
                    )

    peak = statistics.median(roof)
    print(ours.ask("device"))
    print(f"sgemm 1024³: {peak:.0f} GFLOP/s; batch 64; medians of {options.rounds} rounds")
    print()
    print("| network | optimizer | steps/s | GFLOP/s | of sgemm | PyTorch steps/s | ratio | PyTorch at its best |")
    print("|---|---|---|---|---|---|---|---|")
    for key in own:
        steps = statistics.median(own[key])
        gflops = steps * float(ours.ask(f"flops {key[0]}")) * 1e-9
        row = [*key, f"{steps:.0f}", f"{gflops:.0f}", f"{gflops / peak:.2f}" if peak else "–"]
        if torch:
            other = statistics.median(theirs[key])
            count, variant = best[key]
            row += [f"{other:.0f}", f"{steps / other:.2f}", f"{version}, {variant}, {count} threads"]
        else:
            row += ["–", "–", "not measured"]
        print("| " + " | ".join(row) + " |")


main()
