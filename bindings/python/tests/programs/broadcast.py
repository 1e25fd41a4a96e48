"""Tells everybody on the network."""

import socket
import sys

s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
s.bind((sys.argv[1], 0))
print(s.sendto(b"1:100:will:will-pc:32:will broadcast", ("<broadcast>", int(sys.argv[2]))))
s.close()
