#!/usr/bin/python3
"""keeper.py USER COMMAND…: one machine of the lab. Runs the command, as USER when we are root, and adopts whatever
comes of it. Words on standard input, each answered by a line: "start" runs it; "cut" kills all of it at once, as a
loss of power does; "stop" asks the command to end, then cuts. At the end of the input everything is cut."""
import ctypes
import os
import signal
import subprocess
import sys
import time

PR_SET_CHILD_SUBREAPER = 36


def children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as names:
            return [int(name) for name in names.read().split()]
    except OSError:
        return []


def descendants(pid):
    found = []
    for child in children(pid):
        found += [child, *descendants(child)]
    return found


def reap(signum=None, frame=None):
    """Not what Popen waits for: it must know how its child ended."""
    for pid in children(os.getpid()):
        if pid != machine.command_pid():
            try:
                os.waitpid(pid, os.WNOHANG)
            except ChildProcessError:
                pass


class Machine:
    def __init__(self, user, command):
        self.options = {"user": user, "group": user, "extra_groups": []} if os.geteuid() == 0 else {}
        self.command = command
        self.process = None

    def command_pid(self):
        return self.process.pid if self.process else 0

    def start(self):
        self.process = subprocess.Popen(self.command, cwd="/", stdin=subprocess.DEVNULL, stdout=sys.stderr, **self.options)

    def cut(self):
        while pids := descendants(os.getpid()):
            for pid in pids:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            if self.process:
                self.process.poll()
            reap()
            time.sleep(0.005)

    def stop(self):
        if self.process:
            self.process.terminate()
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                pass
        self.cut()


ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
machine = Machine(sys.argv[1], sys.argv[2:])
signal.signal(signal.SIGCHLD, reap)
for line in sys.stdin:
    {"start": machine.start, "cut": machine.cut, "stop": machine.stop}[line.strip()]()
    print("done", flush=True)
machine.cut()
