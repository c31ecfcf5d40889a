"""What the drivers share: servers in a memory cgroup, what they cost, and tables.

Nothing here is specific to one server: `Server("hadal", …)` and `Server("redis", …)` differ in the
words of their command line only.  With `--hadal /usr/bin/redis-server` every driver measures Redis
against itself, which shows that the driver works.

Needs: Linux, Python 3.9, and for limits root and the cgroup v1 (or v2) memory controller.
"""

import argparse
import atexit
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

BENCH = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(BENCH)
TICK = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


# ---------------------------------------------------------------- command line


def arguments(doc, extra=()):
    """Parses what all drivers take, plus `extra`: (flag, keyword arguments) pairs."""
    parser = argparse.ArgumentParser(
        description=doc, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--quick", action="store_true", help="small, under a minute (default)")
    mode.add_argument("--full", action="store_true", help="the sizes that the claims are about")
    parser.add_argument("--hadal", default=find_hadal(), help="the server measured (HADAL_BIN)")
    parser.add_argument("--redis", default=shutil.which("redis-server"), help="the yardstick")
    parser.add_argument("--dir", default=None, help="where data directories go (default: a new one)")
    parser.add_argument("--keep", action="store_true", help="leave the data directories behind")
    parser.add_argument("--json", default=None, help="also write the results to this file")
    parser.add_argument(
        "--option", action="append", default=[], metavar="'NAME VALUE'",
        help="one more option for the server measured; may be repeated",
    )
    for flag, keywords in extra:
        parser.add_argument(flag, **keywords)
    options = parser.parse_args()
    if not options.hadal or not os.path.exists(options.hadal):
        parser.error("no server: build it (`cargo build --release`) or name it with --hadal")
    base = options.dir or os.environ.get("TMPDIR", "/var/tmp")
    os.makedirs(base, exist_ok=True)
    options.work = tempfile.mkdtemp(prefix="hadal-bench-", dir=base)
    if not options.keep:
        atexit.register(shutil.rmtree, options.work, ignore_errors=True)
    return options


def find_hadal():
    named = os.environ.get("HADAL_BIN")
    if named:
        return named
    target = os.environ.get("CARGO_TARGET_DIR", os.path.join(ROOT, "target"))
    return os.path.join(target, "release", "hadal")


def say(*words):
    """Progress goes to stderr, results to stdout."""
    print(time.strftime("[%H:%M:%S]"), *words, file=sys.stderr, flush=True)


# ---------------------------------------------------------------- load generator

_generator = None


def generator():
    """The path of the load generator, built at the first call."""
    global _generator
    if _generator is None:
        target = os.environ.get("CARGO_TARGET_DIR", os.path.join(BENCH, "target"))
        command = ["cargo", "build", "--release", "--quiet"]
        command += ["--manifest-path", os.path.join(BENCH, "Cargo.toml"), "--target-dir", target]
        subprocess.run(command, check=True)
        _generator = os.path.join(target, "release", "hadal-bench")
    return _generator


def start_load(subcommand, **options):
    words = [generator(), subcommand]
    for name, value in options.items():
        words += ["--" + name.replace("_", "-"), str(value)]
    return subprocess.Popen(words, stdout=subprocess.PIPE, text=True)


def result(process):
    out, _ = process.communicate()
    if process.returncode != 0:
        raise RuntimeError(f"load generator ended with {process.returncode}")
    found = json.loads(out)
    if found.get("wrong"):
        say("WRONG VALUES:", found["wrong"])
    if found.get("errors"):
        say("errors:", found["errors"], found["first_error"])
    return found


def load(subcommand, **options):
    """Runs the load generator to its end and returns its figures."""
    return result(start_load(subcommand, **options))


# ---------------------------------------------------------------- cgroups


class Cgroup:
    """A memory limit (page cache included) around one server, and its device I/O counted.

    A child of the group this process is in, so that limits already set stay in force.
    """

    def __init__(self, name, memory_bytes):
        self.groups = []
        self.unified = not os.path.isdir("/sys/fs/cgroup/memory")
        with open("/proc/self/cgroup") as lines:
            own = {}
            for line in lines:
                _, controllers, path = line.strip().split(":", 2)
                for controller in controllers.split(","):
                    own[controller] = path
        if self.unified:
            self.memory = self._make(f"/sys/fs/cgroup{own.get('', '/')}", name)
            self._set(self.memory, "memory.max", memory_bytes)
            self.blkio = None
        else:
            self.memory = self._make(f"/sys/fs/cgroup/memory{own.get('memory', '/')}", name)
            self._set(self.memory, "memory.limit_in_bytes", memory_bytes)
            try:
                self.blkio = self._make(f"/sys/fs/cgroup/blkio{own.get('blkio', '/')}", name)
                self._count_reads()
            except OSError:
                self.blkio = None
        atexit.register(self.remove)

    def _count_reads(self):
        """The kernel counts per group only where there is a limit: set one that is never reached."""
        for disk in os.listdir("/sys/block"):
            device = read_text(f"/sys/block/{disk}/dev").strip()
            if device and not disk.startswith(("loop", "ram", "zram")):
                limit = f"{device} 4000000000"
                self._set(self.blkio, "blkio.throttle.read_iops_device", limit)

    def _make(self, parent, name):
        path = os.path.join(parent.rstrip("/"), name)
        os.makedirs(path, exist_ok=True)
        self.groups.append(path)
        return path

    @staticmethod
    def _set(path, name, value):
        with open(os.path.join(path, name), "w") as file:
            file.write(str(value))

    def enter(self):
        """Called in the child, before it becomes the server."""
        for path in self.groups:
            self._set(path, "cgroup.procs", os.getpid())

    def memory_peak(self):
        name = "memory.peak" if self.unified else "memory.max_usage_in_bytes"
        return read_number(os.path.join(self.memory, name))

    def killed(self):
        """How many processes the kernel killed in here for want of memory."""
        name = "memory.events" if self.unified else "memory.oom_control"
        text = read_text(os.path.join(self.memory, name))
        found = re.search(r"^oom_kill (\d+)", text, re.M)
        return int(found.group(1)) if found else 0

    def device_reads(self):
        """Reads of this group that reached a device, or None where nobody counts them.

        A partition and its disk, or a loop device and the disk under it, both count the same read:
        the largest is taken, not the sum.
        """
        if not self.blkio:
            return None
        text = read_text(os.path.join(self.blkio, "blkio.throttle.io_serviced"))
        return max((int(count) for count in re.findall(r" Read (\d+)", text)), default=0)

    def remove(self):
        for path in self.groups:
            for _ in range(50):
                try:
                    os.rmdir(path)
                    break
                except FileNotFoundError:
                    break
                except OSError:
                    time.sleep(0.1)
        self.groups = []


def read_text(path):
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return ""


def read_number(path):
    text = read_text(path).strip()
    return int(text) if text.isdigit() else 0


# ---------------------------------------------------------------- a client


class Client:
    """A small blocking client, for everything that is not load."""

    def __init__(self, port, timeout=60):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout)
        self.file = self.socket.makefile("rb")

    def send(self, *words):
        words = [word if isinstance(word, bytes) else str(word).encode() for word in words]
        parts = [b"*%d\r\n" % len(words)]
        parts += [b"$%d\r\n%s\r\n" % (len(word), word) for word in words]
        self.socket.sendall(b"".join(parts))

    def receive(self):
        line = self.file.readline()
        if not line:
            raise ConnectionError("the server closed the connection")
        kind, rest = line[:1], line[1:-2]
        if kind == b"+":
            return rest.decode()
        if kind == b"-":
            return ReplyError(rest.decode())
        if kind == b":":
            return int(rest)
        if kind == b"$":
            if rest == b"-1":
                return None
            data = self.file.read(int(rest) + 2)
            return data[:-2]
        if kind == b"*":
            return None if rest == b"-1" else [self.receive() for _ in range(int(rest))]
        raise ValueError(f"unexpected reply {line!r}")

    def call(self, *words):
        self.send(*words)
        return self.receive()

    def info(self, section=""):
        text = self.call("INFO", section) if section else self.call("INFO")
        if isinstance(text, ReplyError) or text is None:
            return {}
        pairs = (line.split(":", 1) for line in text.decode().splitlines() if ":" in line)
        return {name: number(value) for name, value in pairs}


class ReplyError(str):
    """An error reply, as text."""


def number(text):
    try:
        return int(text)
    except ValueError:
        try:
            return float(text)
        except ValueError:
            return text


def key_name(index):
    return b"key:%016d" % index


# ---------------------------------------------------------------- a server


class Server:
    """A server process; ended with this program at the latest."""

    def __init__(self, kind, path, directory, options=(), cgroup=None, wait=True):
        self.kind, self.path, self.directory = kind, path, directory
        self.options, self.cgroup = list(options), cgroup
        os.makedirs(directory, exist_ok=True)
        self.is_redis = "redis-server" in os.path.basename(path)
        self.process = None
        self.start(wait)
        atexit.register(self.kill)

    def start(self, wait=True):
        self.port = free_port()
        words = [self.path, "--port", str(self.port), "--bind", "127.0.0.1", "--dir", self.directory]
        words += ["--enable-debug-command", "yes"]
        if self.is_redis:
            words += ["--save", ""]
        for option in self.options:
            name, value = option.split(None, 1)
            # For Redis `maxmemory` bounds the dataset: another thing.
            if not (self.is_redis and name in ("maxmemory", "appendonly")):
                words += ["--" + name, value]
        if self.is_redis and any(option.startswith("appendfsync") for option in self.options):
            words += ["--appendonly", "yes"]
        log = open(self.directory.rstrip("/") + ".log", "ab")
        enter = self.cgroup.enter if self.cgroup else None
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=enter
        )
        log.close()
        if wait:
            self.wait_until_ready()

    def wait_until_ready(self, limit=600):
        deadline = time.monotonic() + limit
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(f"{self.kind} ended at start; see {self.directory}.log")
            try:
                if Client(self.port).call("PING") == "PONG":
                    return
            except OSError:
                pass
            time.sleep(0.005)
        raise RuntimeError(f"{self.kind} does not answer")

    @property
    def pid(self):
        return self.process.pid

    def client(self, timeout=60):
        return Client(self.port, timeout)

    def alive(self):
        return self.process.poll() is None

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def stop(self, limit=300):
        """A clean end by SIGTERM."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(limit)

    def cpu_seconds(self):
        with open(f"/proc/{self.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def resident(self):
        with open(f"/proc/{self.pid}/statm") as file:
            return int(file.read().split()[1]) * PAGE

    def io(self):
        return {name: int(value) for name, value in re.findall(
            r"(\w+): (\d+)", read_text(f"/proc/{self.pid}/io"))}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


# ---------------------------------------------------------------- measuring


class Cost:
    """What a server spent between entering and leaving the `with` block."""

    def __init__(self, server):
        self.server = server

    def _now(self):
        device = self.server.cgroup.device_reads() if self.server.cgroup else None
        return self.server.cpu_seconds(), self.server.io(), device, self.server.client().info()

    def __enter__(self):
        self.before = self._now()
        return self

    def __exit__(self, *_):
        after = self._now()
        self.cpu = after[0] - self.before[0]
        self.io = {name: after[1].get(name, 0) - self.before[1].get(name, 0) for name in after[1]}
        self.reads = after[2] - self.before[2] if after[2] is not None else None
        self.bytes_read = self.io.get("read_bytes", 0)
        # Counted when a page is made dirty or written directly, whoever writes it back later.
        self.bytes_written = self.io.get("write_bytes", 0)
        self.info = {
            name: value - self.before[3][name] for name, value in after[3].items()
            if isinstance(value, (int, float)) and isinstance(self.before[3].get(name), (int, float))
        }


class Sampler(threading.Thread):
    """Resident memory of a server, 20 times a second, until it is stopped."""

    def __init__(self, server, interval=0.05):
        super().__init__(daemon=True)
        self.server, self.interval = server, interval
        self.peak, self.samples, self.done = 0, [], threading.Event()
        self.start()

    def run(self):
        begin = time.monotonic()
        while not self.done.wait(self.interval):
            try:
                resident = self.server.resident()
            except OSError:
                return
            self.peak = max(self.peak, resident)
            self.samples.append((time.monotonic() - begin, resident))

    def stop(self):
        self.done.set()
        self.join()
        return self.peak


# ---------------------------------------------------------------- results


class Report:
    """Figures against limits: a markdown table on stdout, JSON on request, a verdict as exit code."""

    def __init__(self, title, options):
        self.title, self.options, self.rows, self.failed = title, options, [], 0

    def add(self, what, value, limit=None, holds=None, unit=""):
        """One figure. `holds`: whether it keeps `limit` (text); None if nothing is claimed."""
        self.rows.append((what, value, unit, limit, holds))
        self.failed += holds is False
        say(f"{what}: {shown(value)} {unit}", "" if holds is None else "ok" if holds else "MISSED")

    def at_most(self, what, value, limit, unit=""):
        self.add(what, value, f"≤ {shown(limit)}", value is not None and value <= limit, unit)

    def at_least(self, what, value, limit, unit=""):
        self.add(what, value, f"≥ {shown(limit)}", value is not None and value >= limit, unit)

    def equal(self, what, value, limit, unit=""):
        self.add(what, value, f"= {shown(limit)}", value == limit, unit)

    def finish(self):
        mode = "full" if self.options.full else "quick"
        print(f"\n### {self.title} ({mode}, {time.strftime('%Y-%m-%d %H:%M')}, "
              f"{os.path.basename(self.options.hadal)}, {os.cpu_count()} cores)\n")
        print("| what | measured | claim | |\n|---|---|---|---|")
        for what, value, unit, limit, holds in self.rows:
            verdict = {None: "", True: "ok", False: "**missed**"}[holds]
            print(f"| {what} | {shown(value)} {unit} | {limit or ''} | {verdict} |")
        print()
        if self.options.json:
            with open(self.options.json, "w") as file:
                json.dump({"title": self.title, "mode": mode, "rows": self.rows}, file, indent=1)
        sys.stdout.flush()
        sys.exit(1 if self.failed else 0)


def shown(value):
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return str(value)


def ratio(value, base):
    return value / base if base else None


def parse_bytes(text):
    units = {"": 1, "k": 1000, "kb": 1024, "m": 10**6, "mb": 2**20, "g": 10**9, "gb": 2**30}
    digits, unit = re.fullmatch(r"(\d+)([a-z]*)", text.lower()).groups()
    return int(digits) * units[unit]
