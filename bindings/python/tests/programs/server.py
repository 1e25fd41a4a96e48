"""Waits for one datagram and sends it back."""

from socket import *
import sys

s = socket(AF_INET, SOCK_DGRAM)
s.bind((sys.argv[1], 0))
print("ready at", s.getsockname()[1], flush=True)
data, address = s.recvfrom(1024)
print(data.decode("utf-8"), "from", address)
s.sendto(data, address)
s.close()
