"""The test suites of well-known packages, over Python's sockets and over the library's, side by side.

    run.py FOLDER

Installs the packages of requirements.txt in FOLDER, each with the tests of its source archive, and runs them in a network
namespace of their own. Fails if the library's sockets pass fewer tests, or if a suite opened none of them.
"""

import json
import os
import shlex
import subprocess
import sys
import tarfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
PACKAGE = HERE.parents[1] / "bindings" / "python"
# test_circular_imports starts a Python of its own for each module, with a short timeout and without any socket.
# Name, source archive or None, arguments of pytest, and whether it uses asyncio's datagram endpoints.
TRIO = ["--pyargs", "trio._tests.test_socket", "trio._tests.test_dtls", "-p", "trio._tests.pytest_plugin", "-W", "ignore"]
SUITES = [
    ("trio: socket, dtls", None, TRIO, False),
    ("dnspython: query, async, resolver", "dnspython", [f"tests/test_{name}.py" for name in ("query", "async", "resolver")], False),
    ("aioquic: asyncio", "aioquic", ["tests/test_asyncio.py"], True),
    ("asyncudp", "asyncudp", ["tests"], True),
    ("zeroconf", "zeroconf", ["tests", "--ignore=tests/benchmarks", "--ignore=tests/test_circular_imports.py", "-o", "addopts="], True),
]
# A network of its own: loopback, and an interface that multicasts leave through.
NETWORK = """
ip link set lo up multicast on
ip link add test0 type veth peer name test1
ip link set test1 up
ip addr add 10.77.0.1/24 dev test0
ip link set test0 up
ip route add default dev test0
"""


def prepare(folder):
    """The Python of an environment with the packages, and the folders of their source archives."""
    environment = folder / "venv"
    python = environment / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", environment], check=True)
    wanted = HERE / "requirements.txt"
    subprocess.run([python, "-m", "pip", "install", "-q", "-r", wanted], check=True)
    pins = dict(line.split("==") for line in wanted.read_text().split() if "==" in line)
    archives = {}
    for name in (archive for _, archive, _, _ in SUITES if archive):
        stem = f"{name}-{pins[name]}"
        if not (folder / stem).is_dir():
            download = [python, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", name, "-d", folder]
            subprocess.run([*download, f"{name}=={pins[name]}"], check=True)
            with tarfile.open(folder / f"{stem}.tar.gz") as archive:
                archive.extractall(folder)
        # The installed package is tested, not the sources beside the tests.
        archives[name] = folder / f"{stem}-tests"
        if not archives[name].is_dir():
            archives[name].mkdir()
            (archives[name] / "tests").symlink_to(folder / stem / "tests")
            if (folder / stem / "examples").is_dir():
                (archives[name] / "examples").symlink_to(folder / stem / "examples")
    return python, archives


def run(python, kind, directory, arguments):
    command = shlex.join(map(str, [python, HERE / "one.py", kind, *arguments]))
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE)}
    done = subprocess.run(
        ["unshare", "-rn", "sh", "-euc", f"{NETWORK}exec {command}"],
        cwd=directory, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=1800,
    )
    try:
        return json.loads(done.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        sys.exit(f"{command}\n{done.stdout[-5000:]}")


def main():
    folder = Path(sys.argv[1]).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    python, archives = prepare(folder)
    only = sys.argv[2] if len(sys.argv) > 2 else ""
    bad = False
    print(f"{'':36}{'over':10}{'passed':>8}{'failed':>8}{'skipped':>9}{'sockets of the library':>24}", flush=True)
    for name, archive, arguments, uses_endpoints in SUITES:
        if only not in name:
            continue
        directory = archives[archive] if archive else folder
        standard = None
        for kind in ["standard", "dropin", *(["aio"] if uses_endpoints else [])]:
            found = run(python, kind, directory, arguments)
            counts = [len(found[outcome]) for outcome in ("passed", "failed", "skipped")]
            row = "".join(f"{count:{width}}" for count, width in zip(counts, (8, 8, 9)))
            print(f"{name if kind == 'standard' else '':36}{kind:10}{row}{found['opened']:24}", flush=True)
            standard = standard or found
            for test in sorted(set(standard["passed"]) - set(found["passed"])):
                print(f"    passes over the standard module, not over {kind}: {test}")
                bad = True
            if kind != "standard" and not found["opened"]:
                print("    opened none of the library's sockets: proves nothing")
                bad = True
    sys.exit(bad)


if __name__ == "__main__":
    main()
