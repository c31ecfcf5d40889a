#!/usr/bin/env python3
"""CPU per command when everything is in memory, against Redis in the same minutes.

50 connections, 100-byte values, GET and SET at pipeline 1, 16, 64; both servers with an
append-only log synced every second. Rounds alternate between the servers, because a shared machine
changes from minute to minute; what counts is the median of the ratios of neighboring runs.

SET is charged with what the server still has to do afterwards: the figure includes CPU spent until
it is idle again. The figure during the load alone is printed beside it.

Also: memory per cached key (20-byte key, 100-byte value).
"""

import os
import statistics
import time

from common import Cost, Report, Server, arguments, load, ratio, say

LIMITS = {1: 1.0, 16: 0.6, 64: 0.5}


def settle(server, limit=30):
    """Waits until the server owes the disk nothing and uses less than 3 % of a core."""
    deadline, client = time.monotonic() + limit, server.client()
    while time.monotonic() < deadline:
        before = server.cpu_seconds()
        time.sleep(1)
        # Redis has no such field: it is behind with nothing but its log.
        is_behind = client.info("diskstore").get("owed_entries", 0) > 0
        if server.cpu_seconds() - before < 0.03 and not is_behind:
            return


def measure(server, operation, pipeline, keys, seconds):
    """(CPU µs per command until idle, during the load, commands per second)."""
    before = server.cpu_seconds()
    done = load("run", port=server.port, operation=operation, pipeline=pipeline, keys=keys,
                seconds=seconds)
    during = server.cpu_seconds() - before
    if operation == "set":
        settle(server)
    after = server.cpu_seconds() - before
    scale = 1e6 / done["replies"]
    return after * scale, during * scale, done["rate"]


def commands(report, servers, keys, seconds, rounds):
    for operation in ("get", "set"):
        for pipeline in (1, 16, 64):
            found = {kind: [] for kind in servers}
            for number in range(rounds):
                order = list(servers) if number % 2 == 0 else list(reversed(servers))
                for kind in order:
                    figures = measure(servers[kind], operation, pipeline, keys, seconds)
                    found[kind].append(figures)
                    say(f"{kind} {operation} P{pipeline}: {figures[0]:.2f} µs, {figures[2]:.0f}/s")
            name = f"{operation.upper()} P{pipeline}"
            pairs = list(zip(found["hadal"], found["redis"]))
            for kind in ("redis", "hadal"):
                cpu = statistics.median(it[0] for it in found[kind])
                rate = statistics.median(it[2] for it in found[kind])
                report.add(f"{name}: {kind}", f"{cpu:.2f} µs, {rate / 1000:.0f} k/s")
            during = statistics.median(ratio(ours[1], theirs[1]) for ours, theirs in pairs)
            if operation == "set":
                report.add(f"{name}: CPU ratio during the load alone", during, unit="×")
            cpu = statistics.median(ratio(ours[0], theirs[0]) for ours, theirs in pairs)
            report.at_most(f"{name}: CPU ratio", cpu, LIMITS[pipeline], "×")
            speed = statistics.median(ratio(ours[2], theirs[2]) for ours, theirs in pairs)
            report.add(f"{name}: throughput ratio", speed, unit="×")


def memory(report, options, base, keys):
    """used_memory and resident memory per key of both servers, freshly started."""
    used = {}
    for kind, path in (("redis", options.redis), ("hadal", options.hadal)):
        words = ["appendfsync everysec", "maxmemory 4gb"] + (options.option if kind == "hadal" else [])
        server = Server(kind, path, os.path.join(base, f"memory-{kind}"), words)
        settle(server)
        before = server.client().info("memory").get("used_memory", 0), server.resident()
        load("run", port=server.port, operation="set", pattern="permuted", keys=keys, requests=keys,
             pipeline=16)
        settle(server)
        # Reading makes sure that every key is cached.
        load("run", port=server.port, pattern="sequential", keys=keys, requests=keys, pipeline=16)
        if kind == "hadal":
            # What has been saved may still be in the store's write buffer, whose size is fixed.
            server.client(timeout=60).call("SAVE")
        after = server.client().info("memory").get("used_memory", 0), server.resident()
        used[kind] = (after[0] - before[0]) / keys
        report.add(f"{kind}: used_memory per key", used[kind], unit="bytes")
        report.add(f"{kind}: resident per key", (after[1] - before[1]) / keys, unit="bytes")
        server.kill()
    report.at_most("used_memory per cached key, ratio", ratio(used["hadal"], used["redis"]), 0.85, "×")


def start_both(options):
    """Redis and the server measured, each with a log that is synced every second."""
    servers = {}
    for kind, path in (("redis", options.redis), ("hadal", options.hadal)):
        words = ["appendfsync everysec", "maxmemory 2gb"]
        # A rewrite of its log would be Redis's own background work; leave it out.
        words += ["auto-aof-rewrite-percentage 0"] if kind == "redis" else options.option
        servers[kind] = Server(kind, path, os.path.join(options.work, kind), words)
    return servers


def main():
    options = arguments(__doc__, [
        ("--rounds", {"type": int}), ("--seconds", {"type": float}),
        ("--keys", {"type": int, "default": 100_000}),
        ("--only", {"choices": ["commands", "memory"]}),
        ("--memory-keys", {"type": int, "help": "hash tables grow by doubling: it matters"}),
    ])
    report = Report("Hot: everything in memory", options)
    rounds = options.rounds or (5 if options.full else 1)
    seconds = options.seconds or (6 if options.full else 1.5)
    if options.only != "memory":
        servers = start_both(options)
        for server in servers.values():
            load("run", port=server.port, operation="set", pattern="sequential",
                 keys=options.keys, requests=options.keys, pipeline=16)
            settle(server)
        commands(report, servers, options.keys, seconds, rounds)
        for server in servers.values():
            server.kill()
    if options.only != "commands":
        memory(report, options, options.work,
               options.memory_keys or (2_000_000 if options.full else 200_000))
    report.finish()


if __name__ == "__main__":
    main()
