#!/usr/bin/env python3
"""A disk that fills up, on a small loop filesystem, and room made again.

Writes until the server refuses; then: is the error clear, do reads go on and are they right, does a
write succeed within 10 s of room being made, is every acknowledged write there, also after kill -9?
Needs root and a free loop device. (Redis under `always` ends when its disk is full; compare with
`--appendfsync everysec`.)
"""

import os
import random
import subprocess
import time

from common import ReplyError, Report, Server, arguments, say

BATCH = 16


class Disk:
    """An ext4 filesystem in a file, with a ballast that can be thrown away."""

    def __init__(self, base, megabytes, ballast_mb):
        self.image, self.point = os.path.join(base, "disk.img"), os.path.join(base, "disk")
        os.makedirs(self.point)
        run("truncate", "-s", f"{megabytes}M", self.image)
        run("mkfs.ext4", "-q", "-F", "-m", "0", self.image)
        run("mount", "-o", "loop", self.image, self.point)
        self.ballast = os.path.join(self.point, "ballast")
        run("fallocate", "-l", f"{ballast_mb}M", self.ballast)

    def make_room(self):
        os.remove(self.ballast)

    def close(self):
        for _ in range(50):
            if subprocess.run(["umount", self.point], stderr=subprocess.DEVNULL).returncode == 0:
                return
            time.sleep(0.1)


def run(*words):
    subprocess.run(words, check=True)


def value_of(index):
    return random.Random(index).randbytes(8192)


def fill(client, report, index_max):
    """Writes until the first refusal; returns how many keys were acknowledged before it."""
    for base in range(0, index_max, BATCH):
        for index in range(base, base + BATCH):
            client.send("SET", f"k{index}", value_of(index))
        replies = [client.receive() for _ in range(BATCH)]
        refused = [reply for reply in replies if reply != "OK"]
        if refused:
            report.add("the error", str(refused[0]))
            return base + next(at for at, reply in enumerate(replies) if reply != "OK")
    return index_max


def check(client, acknowledged):
    """How many acknowledged keys are not there as written."""
    wrong = 0
    for index in range(acknowledged):
        wrong += client.call("GET", f"k{index}") != value_of(index)
    return wrong


def trial(options, report, disk):
    words = ["maxmemory 128mb", f"appendfsync {options.appendfsync}"] + options.option
    server = Server("hadal", options.hadal, os.path.join(disk.point, "data"), words)
    client = server.client()
    acknowledged = fill(client, report, 10**6)
    report.add("keys of 8 KB acknowledged before it", acknowledged)
    report.equal("alive on the full disk", server.alive(), True)
    report.equal("reads wrong on the full disk", check(client, acknowledged), 0)
    refused = client.call("SET", "still", "refused?")
    report.add("a write a little later", str(refused))
    disk.make_room()
    freed = time.monotonic()
    while client.call("SET", "again", "yes") != "OK" and time.monotonic() - freed < 60:
        time.sleep(0.05)
    report.at_most("first write after room was made", time.monotonic() - freed, 10.0, "s")
    for index in range(acknowledged, acknowledged + 500):
        reply = client.call("SET", f"k{index}", value_of(index))
        if reply != "OK":
            report.equal("writes go on after that", str(reply), "OK")
            break
    else:
        acknowledged += 500
    report.equal("wrong or lost, running", check(client, acknowledged), 0)
    if options.appendfsync != "always":
        time.sleep(2.5)
    server.kill()
    try:
        server.start()
    except RuntimeError:
        with open(server.directory + ".log", errors="replace") as log:
            say("the end of its log:", *log.readlines()[-3:])
        report.equal("starts again after kill -9", False, True)
        return
    report.equal("wrong or lost, after kill -9", check(server.client(), acknowledged), 0)
    server.kill()


def main():
    options = arguments(__doc__, [
        ("--disk-mb", {"type": int}),
        ("--appendfsync", {"default": "always", "choices": ["always", "everysec"]}),
    ])
    report = Report("Disk full", options)
    disk = Disk(options.work, options.disk_mb or (1024 if options.full else 256), 64)
    try:
        trial(options, report, disk)
    except ConnectionError:
        # What Redis does under `always`: it ends when it cannot write its log.
        report.equal("alive on the full disk", False, True)
    finally:
        disk.close()
    report.finish()


if __name__ == "__main__":
    main()
