#!/usr/bin/env python3
"""What a key costs in memory when neither it nor its value is cached.

Loads a part of the keys, empties the cache (DEBUG FLUSHCACHE), measures; loads the rest, empties it
again, measures: the difference per key of what is left. What the store keeps in caches of a fixed
size (`--store` names the field of INFO) is taken out: it grows until it is full, and then no more.

Full: 2 and then 10 million keys. Quick: 0.5 and then 1.5 million, for below a million keys the
allocator's own ups and downs are as large as what is looked for.
"""

import os
import time

from common import ReplyError, Report, Server, arguments, load, say


def settled(server, store_field):
    """(used_memory without the store's caches, resident) when the cache is empty and all is quiet."""
    client = server.client(timeout=600)
    smallest, steady = None, 0
    while steady < 4:
        reply = client.call("DEBUG", "FLUSHCACHE")
        if isinstance(reply, ReplyError):
            say("DEBUG FLUSHCACHE:", reply)
        client.call("MEMORY", "PURGE")
        time.sleep(1)
        info = client.info("everything")
        now = info.get("used_memory", 0) - info.get(store_field, 0)
        steady = 0 if smallest is None or now < smallest * 0.995 else steady + 1
        smallest = now if smallest is None else min(smallest, now)
    return smallest, server.resident()


def main():
    options = arguments(__doc__, [
        ("--keys", {"type": int}), ("--first", {"type": int}),
        ("--value-bytes", {"type": int, "default": 100}),
        ("--maxmemory", {"default": "128mb"}), ("--store", {"default": "memory_store_bytes"}),
    ])
    keys = options.keys or (10_000_000 if options.full else 1_500_000)
    first = options.first or (2_000_000 if options.full else 500_000)
    report = Report("Memory per cold key", options)
    words = [f"maxmemory {options.maxmemory}", "appendfsync everysec"] + options.option
    server = Server("hadal", options.hadal, os.path.join(options.work, "data"), words)
    found = []
    for part in (first, keys):
        load("run", port=server.port, operation="set", pattern="sequential", keys=part,
             requests=part, pipeline=16, value_bytes=options.value_bytes)
        found.append(settled(server, options.store))
        say(f"{part:,} keys: used {found[-1][0]:,}, resident {found[-1][1]:,}")
    more = keys - first
    report.equal("DBSIZE", server.client().call("DBSIZE"), keys)
    report.at_most("memory per cold key", (found[1][0] - found[0][0]) / more, 4.0, "bytes")
    report.add("resident per cold key", (found[1][1] - found[0][1]) / more, unit="bytes")
    server.kill()
    report.finish()


if __name__ == "__main__":
    main()
