#!/usr/bin/env python3
"""kill -9 of a server with a large dataset, under writes; then: how long until it answers right?

Full: 10,000,000 keys of 1,000 bytes, `maxmemory 512mb`, five kills. Quick: 200,000 keys, two kills.
The clock starts when the new process is started and stops at the first right GET of a key chosen at
random, and at the first DBSIZE. Before each start the files are dropped from the page cache.
`--data DIR` uses a dataset that is already there (`larger_than_memory.py --keep` leaves one).
"""

import os
import random
import subprocess
import time

from common import (Client, ReplyError, Report, Server, arguments, generator, key_name, load, say,
                    start_load)


def drop_from_page_cache(directory):
    for folder, _, names in os.walk(directory):
        for name in names:
            try:
                handle = os.open(os.path.join(folder, name), os.O_RDONLY)
            except OSError:
                continue
            os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(handle)


def until_right(server, key, expected):
    """Seconds from start to the first right GET, and to DBSIZE, and what DBSIZE said."""
    while True:
        if not server.alive():
            raise RuntimeError(f"the server ended; see {server.directory}.log")
        try:
            client = Client(server.port)
            value = client.call("GET", key)
        except OSError:
            time.sleep(0.001)
            continue
        if isinstance(value, ReplyError):  # LOADING
            time.sleep(0.005)
            continue
        right = time.monotonic() - server.started
        if value != expected:
            raise RuntimeError(f"GET {key} after the restart is wrong: {str(value)[:60]}")
        size = client.call("DBSIZE")
        return right, time.monotonic() - server.started, size


def main():
    options = arguments(__doc__, [
        ("--keys", {"type": int}), ("--kills", {"type": int}), ("--data", {}),
        ("--maxmemory", {"default": "512mb"}),
        ("--appendfsync", {"default": "everysec", "choices": ["always", "everysec", "no"]}),
    ])
    keys = options.keys or (10_000_000 if options.full else 200_000)
    kills = options.kills or (5 if options.full else 2)
    report = Report("Restart after kill -9", options)
    words = [f"maxmemory {options.maxmemory}", f"appendfsync {options.appendfsync}"]
    server = Server("hadal", options.hadal, options.data or os.path.join(options.work, "data"),
                    words + options.option)
    if server.client().call("DBSIZE") != keys:
        say(f"loading {keys:,} keys")
        load("run", port=server.port, operation="set", pattern="permuted", keys=keys, requests=keys,
             pipeline=16, value_bytes=1000)
    rights, sizes = [], []
    for kill in range(kills):
        key = key_name(random.randrange(keys))
        expected = server.client().call("GET", key)
        # Overwrites with the same values: work for the journal, the same dataset afterwards.
        writer = start_load("run", port=server.port, operation="set", keys=keys, value_bytes=1000,
                            pipeline=16, seconds=100)
        time.sleep(3 if options.full else 1)
        server.kill()
        writer.communicate()
        drop_from_page_cache(server.directory)
        server.start(wait=False)
        right, size_at, size = until_right(server, key, expected)
        say(f"kill {kill + 1}: first right GET {right * 1000:.0f} ms, DBSIZE {size:,} at "
            f"{size_at * 1000:.0f} ms")
        rights.append(right)
        sizes.append(size)
    report.at_most("first right GET of a cold key, worst", max(rights) * 1000, 1000.0, "ms")
    report.add("first right GET of a cold key, best", min(rights) * 1000, unit="ms")
    report.equal("DBSIZE at once, every time", sorted(set(sizes)), [keys])
    check = load("run", port=server.port, keys=keys, value_bytes=1000,
                 requests=min(keys, 50_000))
    report.equal("random reads wrong or missing", check["wrong"] + check["absent"], 0)
    server.kill()
    report.finish()


if __name__ == "__main__":
    main()
