#!/usr/bin/env python3
"""Writes a dataset many times larger than memory through the socket.

Full: 10,000,000 keys of 1,000 incompressible bytes, `maxmemory 512mb`, a cgroup of 640 MB.
Quick: 400,000 keys, `maxmemory 128mb`, a cgroup of 192 MB.

Asks: is the server alive, did resident memory stay within maxmemory + 5 %, was there a second
without progress, did the load slow down, what did a reader of hot keys see meanwhile, is DBSIZE
exact, are random keys right, does SCAN return every key once?
"""

import os
import time

from common import (Cgroup, Cost, Report, Sampler, Server, arguments, load, parse_bytes, ratio,
                    result, say, start_load)

HOT_KEYS = 1000


def rates_by_quarter(per_second, total, filled_at):
    """(rate of the quarter after memory filled, rate of the last quarter), in keys per second."""
    def rate_between(first, last):
        done = begin = end = 0
        for second, count in enumerate(per_second):
            if done <= first:
                begin = second
            done += count
            if done <= last:
                end = second + 1
        counts = per_second[begin:max(end, begin + 1)]
        return sum(counts) / len(counts)

    quarter = total // 4
    filled_at = min(filled_at, total - 2 * quarter)
    return rate_between(filled_at, filled_at + quarter), rate_between(total - quarter, total)


def main():
    options = arguments(__doc__, [
        ("--keys", {"type": int}), ("--maxmemory", {}), ("--cgroup-mb", {"type": int}),
        ("--pattern", {"default": "permuted", "help": "order of the load: permuted, sequential"}),
        ("--pipeline", {"type": int, "default": 16}),
    ])
    keys = options.keys or (10_000_000 if options.full else 400_000)
    maxmemory = options.maxmemory or ("512mb" if options.full else "128mb")
    limit = (options.cgroup_mb or (640 if options.full else 192)) << 20
    report = Report("Larger than memory", options)
    is_redis = "redis-server" in options.hadal
    cgroup = Cgroup(f"hadal-bench-{os.getpid()}", 16 << 30 if is_redis else limit)
    words = [f"maxmemory {maxmemory}", "appendfsync everysec"] + options.option
    server = Server("hadal", options.hadal, os.path.join(options.work, "data"), words, cgroup)
    common = {"port": server.port, "value_bytes": 1000}
    load("run", operation="set", pattern="sequential", keys=HOT_KEYS, requests=HOT_KEYS, **common)

    stop = os.path.join(options.work, "stop")
    sampler = Sampler(server)
    reader = start_load("run", keys=HOT_KEYS, connections=50, rate=1000, seconds=100_000,
                        stop_file=stop, **common)
    say(f"loading {keys:,} keys")
    with Cost(server) as cost:
        loaded = load("run", operation="set", pattern=options.pattern, keys=keys, requests=keys,
                      pipeline=options.pipeline, **common)
    open(stop, "w").close()
    hot = result(reader)
    report.add("keys loaded per second", loaded["rate"])
    report.add("CPU per key loaded", cost.cpu / keys * 1e6, unit="µs")
    report.add("bytes written per byte loaded", cost.bytes_written / (keys * 1020))
    seconds = loaded["per_second"]
    say("thousands of keys in each second: " + " ".join(f"{n / 1000:.0f}" for n in seconds))
    report.equal("seconds without progress", sum(count == 0 for count in seconds[:-1]), 0)
    report.at_most("longest pause", loaded["longest_pause_ms"], 1000, "ms")
    report.add("slowest second", min(seconds[:-1], default=0), unit="keys")
    if len(seconds) >= 8:
        first, last = rates_by_quarter(seconds, keys, parse_bytes(maxmemory) // 1020)
        report.add("rate of the quarter after memory filled", first, unit="keys/s")
        report.at_least("last quarter against it", ratio(last, first), 0.7, "×")
    report.at_most("hot reader meanwhile, p99.9", hot["p999_us"] / 1000, 20.0, "ms")
    report.add("hot reader, max", hot["max_us"] / 1000, unit="ms")
    report.equal("hot reader, wrong or absent", hot["wrong"] + hot["absent"] + hot["errors"], 0)

    report.equal("DBSIZE", server.client(timeout=600).call("DBSIZE"), keys)
    count = 200_000 if options.full else 50_000
    read = load("run", keys=keys, requests=count, seed=time.time_ns() % 10**9, **common)
    wrong = read["wrong"] + read["absent"] + read["errors"]
    report.equal(f"of {count:,} random keys wrong, absent or refused", wrong, 0)
    report.add("random reads", read["rate"], unit="per second")
    scan = load("scan", port=server.port, keys=keys)
    report.equal("SCAN: missing", scan["missing"], 0)
    report.equal("SCAN: twice", scan["twice"], 0)
    report.equal("SCAN: unknown", scan["unknown"], 0)
    report.add("SCAN", keys / scan["seconds"], unit="keys/s")
    peak = sampler.stop()
    bound = parse_bytes(maxmemory) * 1.05 / 2**20
    report.at_most("peak resident memory", peak / 2**20, bound, "MB")
    report.equal("killed for want of memory", cgroup.killed(), 0)
    report.equal("alive at the end", server.alive(), True)
    server.kill()
    report.finish()


if __name__ == "__main__":
    main()
