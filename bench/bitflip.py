#!/usr/bin/env python3
"""Flipped bytes in the files of a dataset: an error or a refused start, never a wrong value.

Loads a dataset, stops the server (SIGTERM for the store, kill -9 for the journal), and then for each
trial copies the directory, flips one byte of one file, starts a server there and reads every key.
Each trial must end in one of: everything right; an error for some keys; a refused start with a
message that names the file. A wrong value is the one thing that must not be, and neither may a key be
silently absent (but for the journal's torn end, after which nothing was promised).

Redis itself fails this: its append-only file has no checksums.
"""

import collections
import os
import random
import shutil

from common import Report, Server, arguments, load, say


def files_of(directory):
    """All files that hold data."""
    found = []
    for folder, _, names in os.walk(directory):
        for name in names:
            path = os.path.join(folder, name)
            if os.path.getsize(path) and name not in ("LOCK", "LOG") and not name.startswith("LOG.old"):
                found.append(path)
    return sorted(found)


def choose(paths, rng):
    """A file: by its size every other time, so that both data and small files are hit."""
    if rng.random() < 0.5:
        return rng.choice(paths)
    return rng.choices(paths, [os.path.getsize(path) for path in paths])[0]


def flip(path, rng):
    """Flips one bit within the part of the file that is not zeros."""
    with open(path, "r+b") as file:
        data = file.read()
        used = len(data.rstrip(b"\0"))
        at = rng.randrange(max(used, 1))
        file.seek(at)
        file.write(bytes([data[at] ^ 1 << rng.randrange(8)]))
    return at


def trial(options, source, words, keys, rng, kind):
    """What became of one flipped bit: (outcome, description)."""
    copy = os.path.join(options.work, "trial")
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(source, copy)
    path = choose(files_of(copy), rng)
    at = flip(path, rng)
    where = f"{os.path.relpath(path, copy)} at {at}"
    log = copy + ".log"
    if os.path.exists(log):
        os.remove(log)
    try:
        server = Server("hadal", options.hadal, copy, words)
    except RuntimeError:
        with open(log, errors="replace") as file:
            text = file.read().strip()
        names_it = os.path.basename(path) in text
        say(f"{kind}: {where}: refused: {text.splitlines()[-1] if text else '(silent)'}")
        return ("refused, naming the file" if names_it else "refused without naming the file"), where
    try:
        found = load("run", port=server.port, pattern="sequential", keys=keys, requests=keys,
                     pipeline=16, value_bytes=1000)
    except RuntimeError:
        return "died while reading", where
    finally:
        server.kill()
    if found["wrong"]:
        return "WRONG VALUES", f"{where}: {found['wrong']}"
    if found["absent"]:
        return "keys silently absent", f"{where}: {found['absent']}"
    if found["errors"]:
        return "errors for some keys", f"{where}: {found['errors']} of {keys}"
    return "no effect", where


def dataset(options, words, keys, how):
    """A stopped server's directory."""
    directory = os.path.join(options.work, how)
    server = Server("hadal", options.hadal, directory, words)
    load("run", port=server.port, operation="set", pattern="permuted", keys=keys, requests=keys,
         pipeline=16, value_bytes=1000)
    if how == "stopped":
        server.stop()
    else:
        server.kill()
    return directory


def main():
    options = arguments(__doc__, [("--trials", {"type": int}), ("--seed", {"type": int, "default": 1})])
    trials = options.trials or (100 if options.full else 6)
    report = Report("Flipped bits", options)
    rng = random.Random(options.seed)
    words = ["maxmemory 128mb", "appendfsync always"] + options.option
    for how, keys in (("stopped", 50_000 if options.full else 10_000), ("killed", 5_000)):
        source = dataset(options, words, keys, how)
        outcomes = collections.Counter()
        for number in range(trials):
            outcome, where = trial(options, source, words, keys, rng, how)
            outcomes[outcome] += 1
            if outcome not in ("no effect",):
                say(f"{how} {number}: {outcome}: {where}")
        for outcome, count in sorted(outcomes.items()):
            report.add(f"{how}: {outcome}", count)
        report.equal(f"{how}: trials with a wrong value", outcomes["WRONG VALUES"], 0)
        report.equal(f"{how}: trials with keys silently absent", outcomes["keys silently absent"], 0)
        report.equal(f"{how}: refused without naming the file", outcomes["refused without naming the file"], 0)
        report.equal(f"{how}: died while reading", outcomes["died while reading"], 0)
    report.finish()


if __name__ == "__main__":
    main()
