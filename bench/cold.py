#!/usr/bin/env python3
"""Reads and writes that miss the cache, beside a Redis that has everything in memory.

Full: 2,000,000 keys of 1,000 bytes, server in a cgroup of 512 MB. Quick: 200,000 keys, 128 MB.
Load at pipeline 16; at once after it uniform GET; then uniform GET at pipeline 1 and 16, Zipf 0.99
(the cache is warmed with two requests per key before), absent keys, mixed 1:1. Per step: rate, CPU
per command, device reads and bytes per command (counted by the block layer for the server's
cgroup), p99. The same step runs on Redis right before.

The hit ratio under Zipf is taken from INFO (`--hits` and `--misses` name the fields) and held
against a simulated S3-FIFO of as many objects as INFO says are cached (`--cached` names the field),
which has seen as many requests before: it takes either of them some millions to learn what is hot.
"""

import os
import time

from common import Cgroup, Cost, Report, Server, arguments, load, ratio, say

STEPS = [
    # name, what is asked of the load generator
    ("GET uniform P1, right after the load", {"pattern": "uniform"}),
    ("GET uniform P1", {"pattern": "uniform"}),
    ("GET uniform P16", {"pattern": "uniform", "pipeline": 16}),
    ("GET Zipf P1", {"pattern": "zipf"}),
    ("GET Zipf P16", {"pattern": "zipf", "pipeline": 16}),
    ("GET absent P1", {"pattern": "absent"}),
    ("GET absent P16", {"pattern": "absent", "pipeline": 16}),
    ("mixed 1:1 uniform P1", {"pattern": "uniform", "operation": "mixed"}),
    ("mixed 1:1 uniform P16", {"pattern": "uniform", "operation": "mixed", "pipeline": 16}),
]


def settle(server, limit):
    """Waits until the server has nothing left to do; returns the CPU seconds it took."""
    begin, deadline = server.cpu_seconds(), time.monotonic() + limit
    while time.monotonic() < deadline:
        before = server.cpu_seconds()
        time.sleep(1)
        if server.cpu_seconds() - before < 0.03:
            break
    return server.cpu_seconds() - begin


class Step:
    """One run of the load generator and what it cost per command."""

    def __init__(self, server, seed, **asked):
        with Cost(server) as cost:
            self.load = load("run", port=server.port, value_bytes=1000, seed=seed, **asked)
        count = max(self.load["replies"], 1)
        self.rate, self.info = self.load["rate"], cost.info
        self.cpu = cost.cpu / count * 1e6
        self.reads = cost.reads / count if cost.reads is not None else None
        self.bytes_read, self.bytes_written = cost.bytes_read / count, cost.bytes_written / count
        self.bad = self.load["wrong"] + self.load["errors"]
        if asked.get("pattern") != "absent":
            self.bad += self.load["absent"]

    def __str__(self):
        reads = "–" if self.reads is None else f"{self.reads:.3f}"
        return (f"{self.rate / 1000:.1f} k/s, {self.cpu:.1f} µs, {reads} reads, "
                f"{self.bytes_read / 1000:.2f} KB read, p99 {self.load['p99_us'] / 1000:.1f} ms")


def judge(report, name, redis, hadal):
    """The claims about one step."""
    report.equal(f"{name}: wrong, missing or refused", hadal.bad, 0)
    if "GET uniform" in name:
        report.at_most(f"{name}: device reads per GET", hadal.reads, 1.1)
        report.at_most(f"{name}: bytes read per GET", hadal.bytes_read, 8192.0)
        report.at_most(f"{name}: CPU", hadal.cpu, 60.0, "µs")
    elif name == "GET Zipf P1":
        report.at_least(f"{name}: throughput", ratio(hadal.rate, redis.rate), 0.5, "× Redis")
        report.at_most(f"{name}: CPU", hadal.cpu, 25.0, "µs")
    elif "absent" in name:
        report.at_most(f"{name}: CPU", ratio(hadal.cpu, redis.cpu), 1.1, "× Redis")
        report.at_most(f"{name}: device reads per GET", hadal.reads, 0.02)
    elif name == "mixed 1:1 uniform P1":
        report.at_most(f"{name}: CPU", hadal.cpu, 45.0, "µs")


def loading(report, options, servers, keys):
    value = 1020
    for kind, server in servers.items():
        step = Step(server, 1, operation="set", pattern="permuted", keys=keys, requests=keys,
                    pipeline=16)
        report.add(f"load P16: {kind}", str(step))
        if kind == "hadal":
            report.at_most("load P16: CPU while it lasts", step.cpu, 18.0, "µs")
            report.at_most("load P16: bytes written per byte", step.bytes_written / value, 4.0)


# Requests per key before the hit ratio under Zipf is measured.
WARM = 2


def warm(server, keys):
    say(f"warming {server.kind} with {WARM * keys:,} requests")
    load("run", port=server.port, keys=keys, requests=WARM * keys, pattern="zipf", pipeline=16,
         value_bytes=1000, seed=99)


def hit_ratio(report, options, server, step, keys):
    hits, misses = step.info.get(options.hits), step.info.get(options.misses)
    cached = server.client().info().get(options.cached)
    if not hits or misses is None or not cached:
        report.add("GET Zipf P1: hit ratio", None, limit=f"INFO lacks {options.hits} and the like")
        return
    found = 100 * hits / (hits + misses)
    ideal = 100 * load("s3fifo", keys=keys, capacity=cached, warm=WARM * keys)["hit_ratio"]
    report.add("GET Zipf P1: hit ratio", found, unit="%")
    report.at_most("GET Zipf P1: points below a simulated S3-FIFO", ideal - found, 2.0)


def main():
    options = arguments(__doc__, [
        ("--keys", {"type": int}), ("--cgroup-mb", {"type": int}), ("--maxmemory", {}),
        ("--seconds", {"type": float}), ("--hits", {"default": "cache_hits"}),
        ("--misses", {"default": "cache_misses"}), ("--cached", {"default": "cache_entries"}),
        ("--no-redis", {"action": "store_true", "help": "without the yardstick"}),
    ])
    keys = options.keys or (2_000_000 if options.full else 200_000)
    limit = options.cgroup_mb or (512 if options.full else 128)
    maxmemory = options.maxmemory or f"{limit * 4 // 5}mb"
    seconds = options.seconds or (20 if options.full else 2)
    report = Report("Cold: the cache is a fraction of the dataset", options)
    is_redis = "redis-server" in options.hadal
    cgroup = Cgroup(f"hadal-bench-{os.getpid()}", 8 << 30 if is_redis else limit << 20)
    words = [f"maxmemory {maxmemory}", "appendfsync everysec"] + options.option
    hadal = Server("hadal", options.hadal, os.path.join(options.work, "hadal"), words, cgroup)
    servers = {"hadal": hadal}
    if not options.no_redis:
        base = os.path.join(options.work, "redis")
        redis = Server("redis", options.redis, base, ["appendfsync everysec"])
        servers = {"redis": redis, "hadal": hadal}
    loading(report, options, servers, keys)
    for number, (name, asked) in enumerate(STEPS):
        if "right after" not in name:
            settle(hadal, 60)
        if name == "GET Zipf P1":
            for server in servers.values():
                warm(server, keys)
        found = {}
        for kind in reversed(servers) if "right after" in name else servers:
            found[kind] = Step(servers[kind], number + 10, keys=keys, seconds=seconds, **asked)
            report.add(f"{name}: {kind}", str(found[kind]))
        judge(report, name, found.get("redis", found["hadal"]), found["hadal"])
        if name == "GET Zipf P1":
            hit_ratio(report, options, hadal, found["hadal"], keys)
    report.add("peak memory of the cgroup", cgroup.memory_peak() / 2**20, unit="MB")
    report.equal("killed for want of memory", cgroup.killed(), 0)
    for server in servers.values():
        server.kill()
    report.finish()


if __name__ == "__main__":
    main()
