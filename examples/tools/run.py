"""Builds, loads, uses and unloads the library in each tool, and checks the datagram that the tool sends.

    run.py LIBRARY-FOLDER HEADER-FOLDER BUILD-FOLDER

A tool that is missing is skipped, or is a failure if CI is set. `make tools` calls it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import libudp

HERE = Path(__file__).resolve().parent
LIBRARY, HEADERS, BUILD = (Path(argument).resolve() for argument in sys.argv[1:])


def compiled(tool: str, *flags: str) -> Path:
    """Compiles a tool's udp.c to a shared object that finds libudp."""
    goal = BUILD / tool / "udp.so"
    goal.parent.mkdir(parents=True, exist_ok=True)
    command = ["cc", "-O2", "-Wall", "-Wextra", "-fPIC", "-shared", *flags, f"-I{HEADERS}", str(HERE / tool / "udp.c")]
    subprocess.run([*command, "-o", str(goal), f"-L{LIBRARY}", "-ludp", f"-Wl,-rpath,{LIBRARY}"], check=True)
    return goal


def said(*command: str, **options: object) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, **options)  # type: ignore[call-overload]
    output: str = done.stdout + done.stderr
    if done.returncode:
        sys.exit(f"{command}: status {done.returncode}\n{output}")
    return output


def sqlite(port: int) -> None:
    module = compiled("sqlite").with_suffix("")
    query = f"SELECT udp_send('127.0.0.1', {port}, '你好 from SQLite')"
    # SQLite unloads an extension with its connection, which ends here.
    assert said("sqlite3", ":memory:", f".load {module}", query).strip() == "18"
    refused = subprocess.run(
        ["sqlite3", ":memory:", f".load {module}", "SELECT udp_send('no address', 1, '')"], capture_output=True, text=True
    )
    assert "no address" in refused.stderr, refused


def postgresql(port: int) -> None:
    binaries = said("pg_config", "--bindir").strip()
    headers = said("pg_config", "--includedir-server").strip()
    # PostgreSQL does not run as root, and its user does not see this folder.
    with tempfile.TemporaryDirectory(prefix="libudp-", dir="/tmp") as folder:
        place = Path(folder)
        shutil.copy2(compiled("postgresql", f"-I{headers}", "-Wl,-rpath,$ORIGIN"), place)
        shutil.copy2(LIBRARY / "libudp.so", place / "libudp.so.0")
        user: list[str] = []
        if os.getuid() == 0:
            shutil.chown(place, "postgres")
            user = ["runuser", "-u", "postgres", "--"]
        said(*user, f"{binaries}/initdb", "-A", "trust", "-D", f"{place}/data", cwd="/")
        options = f"-k {place} -c listen_addresses= -c fsync=off"
        said(*user, f"{binaries}/pg_ctl", "-w", "-D", f"{place}/data", "-o", options, "-l", f"{place}/log", "start", cwd="/")
        try:
            sql = (HERE / "postgresql" / "udp.sql").read_text()
            sql = sql.replace("MODULE", f"{place}/udp").replace("9000", str(port))
            said(*user, "psql", "-X", "-v", "ON_ERROR_STOP=1", "-h", str(place), "-d", "postgres", "-c", sql, cwd="/")
        finally:
            said(*user, f"{binaries}/pg_ctl", "-w", "-D", f"{place}/data", "-m", "fast", "stop", cwd="/")


def gdb(port: int) -> None:
    program = BUILD / "gdb"
    program.mkdir(parents=True, exist_ok=True)
    (program / "program.c").write_text("int counter = 41;\nint main(void) { counter++; return 0; }\n")
    said("cc", "-g", "-O0", "program.c", "-o", "program", cwd=program)
    commands = ["break main", "run", "next", f"source {HERE / 'gdb' / 'udp.py'}", f"udp-send 127.0.0.1 {port} counter"]
    arguments = [word for command in commands for word in ("-ex", command)]
    path = str(Path(libudp.__file__).parents[1])
    environment = {**os.environ, "PYTHONPATH": path, "LIBUDP_LIBRARY": str(LIBRARY / "libudp.so")}
    output = said("gdb", "-nx", "-batch", *arguments, str(program / "program"), env=environment)
    assert "Error" not in output, output


TOOLS = [
    ("SQLite", sqlite, ["sqlite3", "/usr/include/sqlite3ext.h"], "你好 from SQLite"),
    ("PostgreSQL", postgresql, ["pg_config", "psql", "/usr/include/postgresql"], '{"id":1,"item":"茶"}'),
    ("GDB", gdb, ["gdb"], "42"),
]


def main() -> None:
    for name, use, needs, wanted in TOOLS:
        missing = [need for need in needs if not (shutil.which(need) or Path(need).exists())]
        if missing:
            print(f"{name}: skipped, {missing[0]} is missing: make deps")
            if os.environ.get("CI"):
                sys.exit(1)
            continue
        with libudp.Socket() as socket:
            socket.bind(("127.0.0.1", 0))
            use(socket.local_address[1])
            text = socket.recvfrom_text(timeout=10)[0]
        if str(text) != wanted:
            sys.exit(f"{name}: sent {text!r}, not {wanted!r}")
        print(f"{name}: built, loaded, used, unloaded")


main()
