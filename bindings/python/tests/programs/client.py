"""Sends each line that a person types, and shows the answer. The system picks the port."""

from socket import *
import sys

s = socket(AF_INET, SOCK_DGRAM, 0)
for line in sys.stdin:
    s.sendto(line.strip().encode("utf-8"), (sys.argv[1], int(sys.argv[2])))
    print(s.recvfrom(1024)[0].decode("utf-8"), flush=True)
s.close()
