"""Sends a line in UTF-8 to a program on Windows, which answers in GBK."""

import socket
import sys

s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind((sys.argv[3], 0))
s.sendto(input().encode("utf-8"), (sys.argv[1], int(sys.argv[2])))
data, address = s.recvfrom(1024)
print(data.decode("gbk"), "from", address)
s.close()
