"""Talks with whoever speaks first: one thread receives and one sends, on the same socket at the same time."""

import socket
import sys
import threading


def receive():
    while True:
        data, address = s.recvfrom(1024)
        if not data:
            break
        print(data.decode("utf-8"), flush=True)


def send(address):
    for line in sys.stdin:
        s.sendto(line.strip().encode("utf-8"), address)
    s.sendto(b"", address)


s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind((sys.argv[1], 0))
print("ready at", s.getsockname()[1], flush=True)
data, address = s.recvfrom(1024)
print(data.decode("utf-8"), flush=True)
threads = [threading.Thread(target=receive), threading.Thread(target=send, args=(address,))]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
s.close()
