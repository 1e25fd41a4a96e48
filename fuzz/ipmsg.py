"""Fuzzes the parser of the IPMSG example.

    python ipmsg.py SECONDS CORPUS

Any datagram is a message or `Malformed`. A message that is packed parses back to itself, and what is shown of it does not
steer the terminal. With atheris (PyPI) the inputs follow the parser's coverage; without, they are mutations of the corpus.
"""

import random
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "bindings/python"), str(ROOT / "bindings/python/examples")]

try:
    import atheris
except ImportError:
    atheris = None

if atheris:
    with atheris.instrument_imports(include=["ipmsg"]):
        import ipmsg
else:
    import ipmsg


def check(data: bytes) -> None:
    try:
        message = ipmsg.parse(data)
    except ipmsg.Malformed:
        return
    assert "\0" not in message.text, message
    shown = ipmsg.visible(f"{message.user}@{message.host}: {message.text}")
    assert shown.isprintable(), shown
    # A NUL in a name, or a character that only the peer's encoding has, is not what `pack` is for.
    fields = (message.version, message.user, message.host, message.text, message.extension)
    if any("\0" in field or "\ufffd" in field for field in fields):
        return
    again = ipmsg.parse(ipmsg.pack(message))
    assert again._replace(command=message.command) == message, (message, again)
    assert again.command in (message.command, message.command | ipmsg.UTF8), (message, again)


def mutated(corpus: list[bytes]) -> bytes:
    data = bytearray(random.choice(corpus))
    for _ in range(random.randint(0, 6)):
        at = random.randint(0, len(data))
        kind = random.randrange(4)
        if kind == 0:
            data[at:at] = random.randbytes(random.randint(1, 4))
        elif kind == 1:
            del data[at : at + random.randint(1, 4)]
        elif kind == 2:
            data[at : at + 1] = random.choice([b":", b"\0", b"0", b"\xff", b"-", b"\x80"])
        else:
            other = random.choice(corpus)
            data[at:] = other[random.randint(0, len(other)) :]
    return bytes(data)


def main(seconds: int, folder: str) -> None:
    if atheris:
        options = [f"-max_total_time={seconds}", "-max_len=300", "-verbosity=1", "-print_final_stats=1"]
        atheris.Setup([sys.argv[0], *options, folder], check)
        atheris.Fuzz()
    corpus = [path.read_bytes() for path in sorted(Path(folder).iterdir())]
    start, runs = time.monotonic(), 0
    while time.monotonic() - start < seconds:
        data = mutated(corpus)
        try:
            check(data)
        except Exception:
            print(f"ipmsg: this datagram fails: {data!r}", file=sys.stderr)
            raise
        runs += 1
    print(f"Done {runs} runs in {seconds} second(s)")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
