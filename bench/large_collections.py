#!/usr/bin/env python3
"""A hash, a sorted set, a set and a list far larger than memory, built and used through the socket.

Full: 20,000,000 elements each with `maxmemory 256mb`; quick: 500,000 with 64 MB. The server is in a
memory cgroup a quarter larger, so that what the page cache holds is no hidden memory. Elements are
added in random order, 50 to a command. Then single elements at random: device reads per command, as
the block layer counts them. At last the collection is deleted while another client goes on reading
a small key: what it waits, and what the deletion takes.
"""

import os
import random
import threading
import time

from common import Cgroup, Cost, Report, Sampler, Server, arguments, parse_bytes, say

PER_COMMAND = 50
IN_FLIGHT = 100


def encode(*words):
    parts = [b"*%d\r\n" % len(words)]
    parts += [b"$%d\r\n%s\r\n" % (len(word), word) for word in words]
    return b"".join(parts)


def field(number):
    return b"f%09d" % number


def member(number):
    return b"member:%09d" % number


class Kind:
    """How elements of one type are added and asked for."""

    def __init__(self, name, add, element, reads):
        self.name, self.add, self.element, self.reads = name, add, element, reads


def kinds(count):
    rank = lambda: random.randrange(count)
    return [
        Kind("hash", b"HSET", lambda n: (field(n), b"%020d" % (n * 7919)), [
            ("HGET", lambda: (b"HGET", b"big", field(rank())), 3.0),
        ]),
        Kind("zset", b"ZADD", lambda n: (b"%d" % (n * 31 % count), member(n)), [
            ("ZSCORE", lambda: (b"ZSCORE", b"big", member(rank())), 3.0),
            ("ZRANK", lambda: (b"ZRANK", b"big", member(rank())), 3.0),
            ("ZRANGE of 100", lambda: zrange(rank(), count), 6.0),
        ]),
        Kind("set", b"SADD", lambda n: (member(n),), [
            ("SISMEMBER", lambda: (b"SISMEMBER", b"big", member(rank())), 3.0),
        ]),
        Kind("list", b"RPUSH", lambda n: (b"%050d" % n,), [
            ("LINDEX", lambda: (b"LINDEX", b"big", b"%d" % rank()), 3.0),
            ("LPUSH", lambda: (b"LPUSH", b"big", b"%050d" % rank()), 0.05),
            ("RPOP", lambda: (b"RPOP", b"big"), 0.05),
        ]),
    ]


def zrange(start, count):
    start = min(start, count - 100)
    return (b"ZRANGE", b"big", b"%d" % start, b"%d" % (start + 99))


def build(client, kind, count):
    """Adds all elements in an order that has nothing to do with theirs. Returns seconds."""
    begin = time.monotonic()
    # A stride without a common divisor visits every number once.
    stride = next(step for step in range(int(count * 0.618) | 1, count * 2) if gcd(step, count) == 1)
    number, pending, last = 0, 0, begin
    for start in range(0, count, PER_COMMAND):
        words = [kind.add, b"big"]
        for _ in range(min(PER_COMMAND, count - start)):
            words += kind.element(number)
            number = (number + stride) % count
        client.socket.sendall(encode(*words))
        pending += 1
        if pending == IN_FLIGHT:
            for _ in range(pending // 2):
                check(client.receive())
            pending -= pending // 2
        if time.monotonic() - last > 20:
            last = time.monotonic()
            say(f"{kind.name}: {start:,} elements after {last - begin:.0f} s")
    for _ in range(pending):
        check(client.receive())
    return time.monotonic() - begin


def gcd(a, b):
    while b:
        a, b = b, a % b
    return a


def check(reply):
    if not isinstance(reply, int):
        raise RuntimeError(f"unexpected reply {reply!r}")


class Reader(threading.Thread):
    """Asks for a small key again and again, and keeps how long each answer took."""

    def __init__(self, server):
        super().__init__(daemon=True)
        self.client, self.times, self.done = server.client(), [], threading.Event()
        self.client.call("SET", "small", "value")
        self.start()

    def run(self):
        while not self.done.is_set():
            begin = time.monotonic()
            self.client.call("GET", "small")
            self.times.append(time.monotonic() - begin)

    def p99_ms(self):
        self.done.set()
        self.join()
        return sorted(self.times)[len(self.times) * 99 // 100] * 1000


def read(report, server, kind, count):
    client = server.client()
    for name, words, limit in kind.reads:
        for _ in range(count):
            client.call(*words())
        with Cost(server) as cost:
            for _ in range(count):
                client.call(*words())
        what = f"{kind.name}: {name}"
        if cost.reads is not None:
            report.at_most(f"{what}: device reads", cost.reads / count, limit)
        report.add(f"{what}: CPU", cost.cpu / count * 1e6, unit="µs")


def delete(report, server, kind):
    reader = Reader(server)
    time.sleep(1)
    begin = time.monotonic()
    server.client().call("DEL", "big")
    took = time.monotonic() - begin
    time.sleep(2)
    report.at_most(f"{kind.name}: DEL", took * 1000, 5.0, "ms")
    report.at_most(f"{kind.name}: p99 of another client meanwhile", reader.p99_ms(), 5.0, "ms")


def main():
    options = arguments(__doc__, [
        ("--elements", {"type": int}), ("--maxmemory", {}), ("--only", {"help": "one type"}),
        ("--reads", {"type": int, "default": 2000}),
    ])
    count = options.elements or (20_000_000 if options.full else 500_000)
    maxmemory = options.maxmemory or ("256mb" if options.full else "64mb")
    limit = parse_bytes(maxmemory)
    report = Report("Collections larger than memory", options)
    for kind in kinds(count):
        if options.only not in (None, kind.name):
            continue
        cgroup = Cgroup(f"hadal-bench-{os.getpid()}-{kind.name}", limit * 5 // 4)
        words = [f"maxmemory {maxmemory}"] + options.option
        server = Server("hadal", options.hadal, os.path.join(options.work, kind.name), words, cgroup)
        sampler = Sampler(server)
        before = server.cpu_seconds()
        seconds = build(server.client(600), kind, count)
        cpu = (server.cpu_seconds() - before) / count * 1e6
        report.add(f"{kind.name}: built", f"{count / seconds / 1000:.0f} k elements/s, {cpu:.1f} µs CPU")
        read(report, server, kind, options.reads)
        report.at_most(f"{kind.name}: resident at most", sampler.stop() / 2**20, limit * 1.05 / 2**20, "MiB")
        report.equal(f"{kind.name}: killed for want of memory", cgroup.killed(), 0)
        delete(report, server, kind)
        server.kill()
        cgroup.remove()
    report.finish()


if __name__ == "__main__":
    main()
