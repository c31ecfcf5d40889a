#!/usr/bin/env python3
"""Collections in memory, against Redis in the same minutes: CPU per command, memory per element.

Commands: the default mix of `redis-benchmark` and the commonest of each type, 50 connections, at
pipeline 1 and 16; both servers with an append-only log synced every second. Rounds alternate
between the servers; what counts is the median of the ratios of neighboring runs. A command that
writes is charged until the server is idle again.

Memory: `used_memory` per element of collections of 100, 10,000 and 1,000,000 elements, a million of
them altogether: hashes of 10-byte fields and 20-byte values, sets and sorted sets of 16-byte
members, lists of 50-byte items. All bytes are such that a compressor finds nothing.
"""

import os
import random
import shutil
import statistics
import subprocess

from common import Report, Server, arguments, ratio
from hot import settle, start_both

LIMITS = {1: 1.1, 16: 0.8}
RANDOM = "__rand_int__"
SPACE = 100_000
ELEMENTS = 1_000_000
MEMORY_LIMIT = 0.9


class Case:
    """One command; `share` of the usual number of calls, where one costs more."""

    def __init__(self, *words, name=None, share=1.0, writes=False):
        self.words, self.share, self.writes = words, share, writes
        self.name = name or words[0]


CASES = [
    Case("PING"),
    Case("SET", f"key:{RANDOM}", "xxx", writes=True),
    Case("GET", f"key:{RANDOM}"),
    Case("INCR", f"counter:{RANDOM}", writes=True),
    Case("MSET", *(word for _ in range(10) for word in (f"key:{RANDOM}", "xxx")), name="MSET of 10",
         share=0.2, writes=True),
    Case("LPUSH", "list", "xxx", writes=True),
    Case("RPUSH", "list", "xxx", writes=True),
    Case("LPOP", "list", writes=True),
    Case("RPOP", "list", writes=True),
    Case("LRANGE", "items", "0", "99", name="LRANGE of 100", share=0.2),
    Case("LRANGE", "items", "0", "599", name="LRANGE of 600", share=0.05),
    Case("LINDEX", "items", "500"),
    Case("HSET", "hash", f"field:{RANDOM}", "xxx", writes=True),
    Case("HGET", "hash", f"field:{RANDOM}"),
    Case("HINCRBY", "counts", f"field:{RANDOM}", "1", writes=True),
    Case("HGETALL", "object"),
    Case("SADD", "set", f"member:{RANDOM}", writes=True),
    Case("SISMEMBER", "set", f"member:{RANDOM}"),
    Case("SPOP", "set", writes=True),
    Case("ZADD", "zset", RANDOM, f"member:{RANDOM}", writes=True),
    Case("ZSCORE", "zset", f"member:{RANDOM}"),
    Case("ZRANK", "zset", f"member:{RANDOM}"),
    Case("ZRANGE", "zset", "1000", "1009", name="ZRANGE of 10"),
    Case("ZRANGE", "zset", "0", "99", name="ZRANGE of 100", share=0.2),
    Case("ZPOPMIN", "zset", writes=True),
]


def fill(server):
    """What the commands find."""
    client = server.client()
    for start in range(0, SPACE, 1_000):
        numbers = range(start, start + 1_000)
        client.call("MSET", *(word for n in numbers for word in (f"key:{n:012}", "xxx")))
        client.call("HSET", "hash", *(word for n in numbers for word in (f"field:{n:012}", "xxx")))
        client.call("SADD", "set", *(f"member:{n:012}" for n in numbers))
        client.call("ZADD", "zset", *(w for n in numbers for w in (n, f"member:{n:012}")))
    client.call("RPUSH", "items", *(f"item:{n:08}" for n in range(1_000)))
    client.call("HSET", "object", *(word for n in range(10) for word in (f"field{n}", f"value{n}")))
    settle(server)


def run(server, case, pipeline, calls):
    """CPU µs per command."""
    count = max(int(calls * case.share), 1_000)
    before = server.cpu_seconds()
    words = ["redis-benchmark", "-p", str(server.port), "-c", "50", "-P", str(pipeline),
             "-n", str(count), "-r", str(SPACE), "-q", *case.words]
    found = subprocess.run(words, check=True, capture_output=True, text=True)
    if "rror" in found.stdout + found.stderr:
        raise RuntimeError(found.stdout + found.stderr)
    if case.writes:
        settle(server)
    return (server.cpu_seconds() - before) / count * 1e6


def commands(report, servers, options):
    rounds = options.rounds or (5 if options.full else 1)
    calls = {1: 200_000, 16: 1_000_000} if options.full else {1: 60_000, 16: 300_000}
    for server in servers.values():
        fill(server)
    for case in CASES:
        if options.command and case.name.split()[0].lower() != options.command.lower():
            continue
        for pipeline, limit in LIMITS.items():
            found = {kind: [] for kind in servers}
            for number in range(rounds):
                order = list(servers) if number % 2 == 0 else list(reversed(servers))
                for kind in order:
                    found[kind].append(run(servers[kind], case, pipeline, calls[pipeline]))
            pairs = zip(found["hadal"], found["redis"])
            median = {kind: statistics.median(found[kind]) for kind in found}
            name = f"{case.name}, pipeline {pipeline}"
            report.add(name, f"{median['hadal']:.2f} of {median['redis']:.2f} µs")
            report.at_most(f"{name}: ratio", statistics.median(ratio(*pair) for pair in pairs), limit, "×")


def element(kind, number, dice):
    """The words that add one element."""
    if kind == "hash":
        return b"%010d" % number, dice.randbytes(20)
    if kind == "set":
        return (dice.randbytes(16),)
    if kind == "zset":
        return b"%d" % dice.randrange(10**9), dice.randbytes(16)
    return (dice.randbytes(50),)


ADD = {"hash": "HSET", "set": "SADD", "zset": "ZADD", "list": "RPUSH"}


def memory(report, options):
    for kind, add in ADD.items():
        for size in (100, 10_000, 1_000_000):
            used = {name: bytes_per_element(options, name, kind, add, size) for name in ("redis", "hadal")}
            what = f"{kind} of {size:,}"
            report.add(what, f"{used['hadal']:.1f} of {used['redis']:.1f} bytes per element")
            report.at_most(f"{what}: ratio", ratio(used["hadal"], used["redis"]), MEMORY_LIMIT, "×")


def bytes_per_element(options, name, kind, add, size):
    path = options.redis if name == "redis" else options.hadal
    directory = os.path.join(options.work, f"memory-{name}-{kind}-{size}")
    server = Server(name, path, directory, ["maxmemory 4gb"])
    settle(server)
    client, dice = server.client(), random.Random(7)
    before = client.info("memory")["used_memory"]
    for collection in range(ELEMENTS // size):
        for start in range(0, size, 1_000):
            numbers = range(start, min(start + 1_000, size))
            client.call(add, f"c{collection}", *(w for n in numbers for w in element(kind, n, dice)))
    if name == "hadal":
        # What is owed to the store is not what an element takes.
        client.call("SAVE")
    settle(server)
    used = client.info("memory")["used_memory"] - before
    server.kill()
    shutil.rmtree(directory)
    return used / ELEMENTS


def main():
    options = arguments(__doc__, [
        ("--rounds", {"type": int}), ("--command", {"help": "only the cases of this command"}),
        ("--only", {"choices": ["commands", "memory"]}),
    ])
    report = Report("Hot collections", options)
    if options.only != "memory":
        servers = start_both(options)
        commands(report, servers, options)
        for server in servers.values():
            server.kill()
    if options.only != "commands":
        memory(report, options)
    report.finish()


if __name__ == "__main__":
    main()
