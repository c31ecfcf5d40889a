#!/usr/bin/env python3
"""What a key costs in memory when neither it nor its value is cached.

Loads half of the keys, empties the cache (DEBUG FLUSHCACHE), measures; loads the other half, empties
it again, measures: the difference per key is what does not shrink.
"""

import os
import time

from common import ReplyError, Report, Server, arguments, load, say


def emptied(server):
    """(used_memory, resident) after the cache was emptied and memory has settled."""
    client = server.client(timeout=600)
    reply = client.call("DEBUG", "FLUSHCACHE")
    if isinstance(reply, ReplyError):
        say("DEBUG FLUSHCACHE:", reply)
    smallest, steady = None, 0
    while steady < 5:
        time.sleep(1)
        client.call("MEMORY", "PURGE")
        now = client.info("memory").get("used_memory", 0)
        steady = 0 if smallest is None or now < smallest * 0.995 else steady + 1
        smallest = now if smallest is None else min(smallest, now)
    return smallest, server.resident()


def main():
    options = arguments(__doc__, [
        ("--keys", {"type": int}), ("--value-bytes", {"type": int, "default": 100}),
        ("--maxmemory", {"default": "256mb"}),
    ])
    keys = options.keys or (10_000_000 if options.full else 400_000)
    report = Report("Memory per cold key", options)
    words = [f"maxmemory {options.maxmemory}", "appendfsync everysec"] + options.option
    server = Server("hadal", options.hadal, os.path.join(options.work, "data"), words)
    found = []
    for part in (keys // 2, keys):
        load("run", port=server.port, operation="set", pattern="sequential", keys=part,
             requests=part, pipeline=16, value_bytes=options.value_bytes)
        found.append(emptied(server))
        say(f"{part:,} keys: used {found[-1][0]:,}, resident {found[-1][1]:,}")
    more = keys - keys // 2
    report.equal("DBSIZE", server.client().call("DBSIZE"), keys)
    report.at_most("used_memory per cold key", (found[1][0] - found[0][0]) / more, 4.0, "bytes")
    report.add("resident per cold key", (found[1][1] - found[0][1]) / more, unit="bytes")
    server.kill()
    report.finish()


if __name__ == "__main__":
    main()
