"""Shows what comes, and sends back what a person types."""

import socket
import sys

with socket.socket(type=socket.SOCK_DGRAM) as s:
    s.bind((sys.argv[1], 0))
    print("ready at", s.getsockname()[1], flush=True)
    while True:
        data, address = s.recvfrom(1024)
        print(data.decode("utf-8"), "from", address, flush=True)
        answer = input()
        if not answer:
            break
        s.sendto(answer.encode("utf-8"), address)
