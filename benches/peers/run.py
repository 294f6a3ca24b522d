#!/usr/bin/env python3
"""Runs S3 clients in turn on the same work against the sink; prints medians and ratios.

Called by `cargo bench --bench peers`, which says where the two programs are. What a client
costs is what the kernel says of its process (wait4): wall time, CPU time, peak resident
memory. The sink runs beside it and is not counted, but it shares the machine's cores.
"""

import argparse
import collections
import glob
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
MIB = 1 << 20
BUCKET = "bench"

Work = collections.namedtuple("Work", "title tls sink make rounds keys", defaults=[0])
Run = collections.namedtuple("Run", "wall cpu rss sink others")

# Figures: (work, client to compare with or None, words, figure of the two medians, comparison).
TARGETS = [
    ("big", "s5cmd", "throughput", lambda us, peer: peer.wall / us.wall, ">=", 3.5),
    ("big", "s5cmd", "CPU time", lambda us, peer: us.cpu / peer.cpu, "<=", 0.2),
    ("big", None, "MiB resident", lambda us, _: us.rss, "<=", 48),
    ("slow", "s5cmd", "throughput", lambda us, peer: peer.wall / us.wall, ">=", 6),
    ("small", "s5cmd", "throughput", lambda us, peer: peer.wall / us.wall, ">=", 4.5),
    ("small", "s5cmd", "CPU time", lambda us, peer: us.cpu / peer.cpu, "<=", 0.25),
    ("list", "s5cmd", "speed", lambda us, peer: peer.wall / us.wall, ">=", 25),
    ("list", "s5cmd", "CPU time", lambda us, peer: us.cpu / peer.cpu, "<=", 0.04),
    ("list", None, "MiB resident", lambda us, _: us.rss, "<=", 150),
    ("list-slow", "s5cmd", "speed", lambda us, peer: peer.wall / us.wall, ">=", 10),
    ("sparse", None, "MiB resident", lambda us, _: us.rss, "<=", 48),
    ("many", None, "MiB resident", lambda us, _: us.rss, "<=", 64),
]


def one_file(size, filled):
    def make(path):
        with open(path, "wb") as file:
            file.truncate(size)
            if filled:
                # Small blocks: what is resident here counts as the child's until it is running.
                block = os.urandom(MIB)
                for _ in range(size // MIB):
                    file.write(block)
    return make


def many_files(count, size):
    def make(path):
        os.makedirs(path)
        data = os.urandom(size)
        for number in range(count):
            if number % 1000 == 0:
                folder = os.path.join(path, f"{number // 1000:04}")
                os.mkdir(folder)
            with open(os.path.join(folder, f"{number:06}"), "wb") as file:
                file.write(data)
    return make


def listing(title, tls, sink, keys):
    return Work(title, tls, ["--keys", str(keys), *sink], None, None, keys)


WORKS = {
    "big": Work("one file of 2 GiB", True, [], one_file(2 << 30, True), None),
    "slow": Work("one file of 2 GiB, 50 MB/s a connection, 30 ms a request, plain HTTP",
                 False, ["--bandwidth", "50000000", "--latency", "30"],
                 one_file(2 << 30, True), None),
    "small": Work("20,000 files of 4 KiB", True, [], many_files(20_000, 4096), None),
    "list": listing("list 1,000,000 keys", True, [], 1_000_000),
    "list-slow": listing("list 200,000 keys, 100 ms a page, plain HTTP", False,
                         ["--latency", "100"], 200_000),
    "sparse": Work("one sparse file of 100 GiB", True, [], one_file(100 << 30, False), 1),
    "many": Work("200,000 files of 4 KiB", True, [], many_files(200_000, 4096), 1),
}
# Those where memory is the question are lakehand's alone.
ALONE = {"sparse", "many"}
# Listings are told to these.
LISTERS = ["lakehand", "s5cmd"]
# The same data serves both.
SHARED_DATA = {"slow": "big"}


class Bench:
    def __init__(self, args):
        self.args = args
        self.scratch = os.path.abspath(args.scratch)
        os.makedirs(self.scratch, exist_ok=True)
        self.ca, self.cert, self.key = certificates(self.scratch)
        self.clients = Clients(self)

    def data(self, name):
        name = SHARED_DATA.get(name, name)
        path = os.path.join(self.scratch, f"data-{name}")
        if not os.path.exists(path):
            say(f"making {WORKS[name].title}")
            WORKS[name].make(path + ".new")
            os.rename(path + ".new", path)
        if name == "big":
            warm(path)
        return path

    def run(self, name):
        work, source = WORKS[name], None if WORKS[name].keys else self.data(name)
        peers = ["lakehand"] if name in ALONE else self.args.peers
        if work.keys:
            peers = [peer for peer in peers if peer in LISTERS]
        rounds = self.args.rounds if work.rounds is None else work.rounds
        runs = {peer: [] for peer in peers}
        for number in range(rounds):
            # Nobody is always the first.
            turn = number % len(peers)
            for peer in peers[turn:] + peers[:turn]:
                runs[peer].append(self.measure(work, peer, source))
                say(f"{name} {number + 1}/{rounds} {peer}: {text(runs[peer][-1])}")
        return {peer: median(runs[peer]) for peer in peers}

    def measure(self, work, peer, source):
        with Sink(self, work) as sink:
            command, environment = self.clients.command(peer, sink.url, source)
            errors = os.path.join(self.scratch, "errors")
            out = os.path.join(self.scratch, "out")
            before, busy = sink.cpu(), machine_cpu()
            with open(out, "wb") as file, open(errors, "wb") as complaints:
                start = time.monotonic()
                child = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL,
                                         stdout=file, stderr=complaints)
                _, status, usage = os.wait4(child.pid, 0)
                wall = time.monotonic() - start
            child.returncode = os.waitstatus_to_exitcode(status)
            after, busy = sink.cpu(), machine_cpu() - busy
            if work.keys:
                check_list(peer, child.returncode, out, errors, work.keys)
            else:
                check(peer, child.returncode, out, errors, source, sink)
        cpu = usage.ru_utime + usage.ru_stime
        others = max(0.0, busy - cpu - (after - before))
        return Run(wall, cpu, usage.ru_maxrss / 1024, after - before, others)


class Sink:
    """The server, from before a run until after it."""

    def __init__(self, bench, work):
        command = [bench.args.sink, "sink", *work.sink]
        if work.tls:
            command += ["--tls", bench.cert, bench.key]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().split()[-1]
        self.ca = bench.ca

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def cpu(self):
        with open(f"/proc/{self.process.pid}/stat") as file:
            fields = file.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stats(self):
        import ssl
        context = None
        if self.url.startswith("https"):
            context = ssl.create_default_context(cafile=self.ca)
        with urllib.request.urlopen(self.url + "/-/stats", context=context) as answer:
            return json.load(answer)


class Clients:
    """How each of them is told to do it. Defaults, but for what the work cannot do without."""

    def __init__(self, bench):
        self.bench = bench
        self.venv = os.path.join(bench.scratch, "clients")
        if set(bench.args.peers) - {"lakehand"}:
            install = os.path.join(HERE, "../../tests/clients/install")
            subprocess.run([install, self.venv, os.path.join(HERE, "peers.txt")], check=True)

    def command(self, peer, url, source):
        if source is None:
            return getattr(self, f"{peer}_list")(url)
        return getattr(self, peer)(url, source, os.path.isdir(source))

    def environment(self, **more):
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        return {**kept, "AWS_ACCESS_KEY_ID": "AKIABENCH", "AWS_SECRET_ACCESS_KEY": "bench",
                "AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1",
                "AWS_EC2_METADATA_DISABLED": "true", **more}

    def lakehand_environment(self, url):
        home = os.path.join(self.bench.scratch, "home")
        shutil.rmtree(home, ignore_errors=True)
        return self.environment(AWS_ENDPOINT_URL=url, AWS_CA_BUNDLE=self.bench.ca,
                                LAKEHAND_HOME=home)

    def lakehand_list(self, url):
        command = [self.bench.args.lakehand, "ls", "-r", f"s3://{BUCKET}"]
        return command, self.lakehand_environment(url)

    def lakehand(self, url, source, folder):
        environment = self.lakehand_environment(url)
        command = [self.bench.args.lakehand, "put", "--json", *(["-r"] if folder else [])]
        return [*command, source, f"s3://{BUCKET}/x/"], environment

    def s5cmd_at(self, url, *arguments):
        # The package wraps the program in a Python script: run what is inside.
        program, = glob.glob(f"{self.venv}/lib/python*/site-packages/s5cmd/bin/s5cmd")
        return [program, "--endpoint-url", url, "--no-verify-ssl", *arguments], self.environment()

    def s5cmd_list(self, url):
        return self.s5cmd_at(url, "ls", f"s3://{BUCKET}/*")

    def s5cmd(self, url, source, folder):
        source = source + "/" if folder else source
        return self.s5cmd_at(url, "cp", source, f"s3://{BUCKET}/x/")

    def rclone(self, url, source, _):
        return [f"{self.venv}/bin/rclone", "copy", source, f":s3:{BUCKET}/x/", "--config", "",
                "--s3-provider", "Other", "--s3-env-auth", "--s3-endpoint", url,
                "--s3-region", "us-east-1", "--s3-no-check-bucket",
                "--ca-cert", self.bench.ca], self.environment()

    def aws(self, url, source, folder):
        return [f"{self.venv}/bin/aws", "--endpoint-url", url, "--ca-bundle", self.bench.ca,
                "s3", "cp", "--only-show-errors", *(["--recursive"] if folder else []), source,
                f"s3://{BUCKET}/x/"], self.environment(AWS_CONFIG_FILE=self.aws_config())

    def aws_config(self):
        path = os.path.join(self.bench.scratch, "aws-config")
        with open(path, "w") as file:
            file.write("[default]\ns3 =\n  addressing_style = path\n")
        return path


def tail_of(*files):
    return subprocess.run(["tail", "-q", "-n", "3", *files], capture_output=True, text=True).stdout


def check_list(peer, status, out, errors, keys):
    """A run that did not list every key once is no measurement; nor is one of ours out of order."""
    if status != 0:
        sys.exit(f"{peer} ended with {status}: {tail_of(out, errors)}")
    # Line by line: what the runner holds counts as the next client's until that is running.
    seen, ordered, last = bytearray(keys), True, ""
    with open(out) as file:
        for line in file:
            key = line.split()[-1]
            number = int(re.search(r"\d+", key)[0])
            seen[number] += 1
            ordered, last = ordered and last < key, key
    whole = seen.count(1) == keys
    if not whole or (peer == "lakehand" and not ordered):
        sys.exit(f"{peer} listed {seen.count(1)} of {keys} keys once: {tail_of(out, errors)}")


def check(peer, status, out, errors, source, sink):
    """A run that did not bring everything over is no measurement."""
    tail = tail_of(out, errors)
    if status != 0:
        sys.exit(f"{peer} ended with {status}: {tail}")
    count, size = extent(source)
    stats = sink.stats()
    if (stats["objects"], stats["uploads"]) != (count, 0) or stats["bytes"] < size:
        sys.exit(f"{peer} brought {stats} of {count} objects and {size} bytes: {tail}")
    if peer == "lakehand":
        with open(out, "rb") as file:
            verified = sum(b'"verified":true' in line for line in file)
        if verified != count:
            sys.exit(f"lakehand verified {verified} of {count} objects: {tail}")


def extent(source):
    if os.path.isfile(source):
        return 1, os.path.getsize(source)
    count = size = 0
    for folder, _, names in os.walk(source):
        count += len(names)
        size += sum(os.path.getsize(os.path.join(folder, name)) for name in names)
    return count, size


def certificates(scratch):
    """A CA of its own and a certificate for 127.0.0.1, made by openssl once."""
    ca, ca_key, cert, key = (os.path.join(scratch, name)
                             for name in ("ca.pem", "ca.key", "cert.pem", "key.pem"))
    if not os.path.exists(cert):
        common = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                  "ec_paramgen_curve:prime256v1", "-nodes", "-days", "3650"]
        quiet = {"check": True, "stderr": subprocess.DEVNULL}
        subprocess.run([*common, "-subj", "/CN=sink CA", "-keyout", ca_key, "-out", ca], **quiet)
        subprocess.run([*common, "-subj", "/CN=sink", "-CA", ca, "-CAkey", ca_key,
                        "-addext", "subjectAltName=IP:127.0.0.1",
                        "-addext", "basicConstraints=critical,CA:FALSE",
                        "-keyout", key, "-out", cert], **quiet)
    return ca, cert, key


def warm(path):
    """The page cache, not the disk, is what is measured."""
    with open(path, "rb") as file:
        while file.read(MIB):
            pass


def machine_cpu():
    """Seconds that all cores together were busy since the machine started."""
    with open("/proc/stat") as file:
        user, nice, system, _, _, irq, softirq, steal = map(int, file.readline().split()[1:9])
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


def median(runs):
    return Run(*(statistics.median(column) for column in zip(*runs)))


def text(run):
    return (f"{run.wall:8.2f} s {run.cpu:8.2f} CPU s {run.rss:7.1f} MiB   "
            f"sink {run.sink:6.2f} CPU s   others {run.others:5.2f} CPU s")


def say(line):
    print(f"# {line}", file=sys.stderr, flush=True)


def report(name, medians):
    print(f"\n{WORKS[name].title}")
    us = medians.get("lakehand")
    for peer, run in medians.items():
        against = ""
        if us and peer != "lakehand":
            against = f"   lakehand: {run.wall / us.wall:5.2f}x as fast, {us.cpu / run.cpu:.3f}x the CPU"
        print(f"  {peer:9}{text(run)}{against}")
    missed = 0
    for work, peer, words, figure, how, target in TARGETS:
        if work != name or us is None or (peer and peer not in medians):
            continue
        value = figure(us, medians.get(peer))
        met = value >= target if how == ">=" else value <= target
        missed += not met
        of = f"{peer}'s {words}" if peer else words
        print(f"  {'met   ' if met else 'MISSED'} {how} {target}x {of}: {value:.3g}"
              .replace("x MiB", " MiB"))
    sys.stdout.flush()
    return missed


def main():
    names = {"works": list(WORKS), "peers": ["lakehand", "s5cmd", "rclone", "aws"]}

    def some(kind):
        def parse(value):
            chosen = value.split(",")
            unknown = [name for name in chosen if name not in names[kind]]
            if unknown:
                raise argparse.ArgumentTypeError(f"{unknown[0]} is none of {names[kind]}")
            return chosen
        return parse

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lakehand", required=True, help="the program (cargo bench says it)")
    parser.add_argument("--sink", required=True, help="the server (cargo bench says it)")
    parser.add_argument("--work", type=some("works"), default=["big", "slow", "small", "list", "list-slow"],
                        help=f"of {','.join(WORKS)}; the last two are about memory")
    parser.add_argument("--peers", type=some("peers"), default=names["peers"])
    parser.add_argument("--rounds", type=int, default=3)
    target = os.environ.get("CARGO_TARGET_DIR", os.path.join(HERE, "../../target"))
    parser.add_argument("--scratch", default=os.path.join(target, "peers"),
                        help="a folder for the data, 2.1 GiB and more")
    args = parser.parse_args()
    bench = Bench(args)
    cores, load = os.cpu_count(), re.split(r"\s", open("/proc/loadavg").read())[0]
    print(f"{cores} cores, load {load} at the start, {args.rounds} rounds, medians")
    missed = sum(report(name, bench.run(name)) for name in args.work)
    print(f"\n{missed} targets missed" if missed else "\nall targets met")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
