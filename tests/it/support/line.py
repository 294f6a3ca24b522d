"""A line that can be cut: runs a program in a terminal of its own, and passes keys and screen on.

line.py COLUMNS ROWS PROGRAM [ARGUMENT...]

Killed, it takes that terminal along, as a connection that drops does.
"""

import fcntl
import os
import pty
import select
import struct
import sys
import termios
import tty

columns, rows = int(sys.argv[1]), int(sys.argv[2])
pid, master = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    os.execv(sys.argv[3], sys.argv[3:])
tty.setraw(0)
ways = {0: master, master: 1}
while True:
    for source in select.select(list(ways), [], [])[0]:
        try:
            data = os.read(source, 65536)
        except OSError:
            data = b""
        if not data:
            sys.exit(0)
        while data:
            data = data[os.write(ways[source], data):]
