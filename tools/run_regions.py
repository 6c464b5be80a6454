#!/usr/bin/env python3
"""Several cells on one machine, each with a database of its own kind, and HAProxy in front of them: ./run --regions 3.

Everything that it starts ends with it. Started again on the same folder it goes on with the same data."""
import argparse
import base64
import ctypes
import json
import os
import pathlib
import secrets
import select
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.request

import regions_databases
from regions_databases import write_private

ENGINES = ["sqlite", "postgresql", "mariadb"]
PR_SET_PDEATHSIG = 1


def step(text):
    print(f"\033[1m==>\033[0m {text}", file=sys.stderr, flush=True)


class Child:
    """A process of ours, in a session of its own: Ctrl-C reaches us only, and we end them in order."""

    def __init__(self, name, command, log, goodbye="SIGTERM", user=None):
        self.name, self.command, self.log = name, [str(part) for part in command], log
        self.goodbye, self.user = getattr(signal, goodbye), user
        self.start()

    def start(self):
        as_user = {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []} if self.user else {}
        # Ours end too when nobody is left to end them.
        die_with_us = lambda: ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, self.goodbye)
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            start_new_session=True, preexec_fn=die_with_us,
                                            cwd="/" if self.user else None, **as_user)
        self.reported = False

    @property
    def alive(self):
        return self.process.poll() is None

    def end(self):
        if self.alive:
            self.process.send_signal(self.goodbye)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Regions:
    def __init__(self, options):
        self.options = options
        self.data = pathlib.Path(options.data).resolve() / "regions"
        self.data.mkdir(parents=True, exist_ok=True)
        self.data.chmod(0o711)
        self.issuer = f"https://localhost:{options.https}"
        self.cells, self.servers, self.front = [], [], None
        self.trust = ssl.create_default_context(cafile=options.certificate)

    # Ports follow that of the front: + 1… the cells themselves, + 11… the mesh, + 21… metrics, + 31… databases.
    def port(self, what, number=0):
        return self.options.https + {"cell": 0, "mesh": 10, "metrics": 20, "database": 30, "stats": 40}[what] + number

    def check_ports(self):
        numbers = range(1, self.options.regions + 1)
        wanted = [self.options.https, self.port("stats")] + [self.port(what, n) for what in ("cell", "mesh", "metrics", "database") for n in numbers]
        for port in wanted:
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind(("127.0.0.1", port))
                except OSError:
                    sys.exit(f"./run: something listens on port {port} already (another ./run?); --https PORT moves all ports")

    def make_mesh(self):
        mesh = self.data / "mesh"
        if not (mesh / "authority.crt").exists():
            self.cardea("region", "init", "--folder", mesh)
        for number in range(1, self.options.regions + 1):
            if not (mesh / f"cell-{number}.crt").exists():
                self.cardea("region", "certificate", "--folder", mesh, "--cell", str(number))
        (self.data / "topology.toml").write_text("\n".join(
            f'[[cell]]\nnumber = {number}\nid = "{engine}"\nregion = "region-{number}"\nmesh = ["127.0.0.1:{self.port("mesh", number)}"]\n'
            for number, engine in self.members()), encoding="utf-8")
        if not (self.data / "seal.key").exists():
            write_private(self.data / "seal.key", base64.b64encode(secrets.token_bytes(32)).decode() + "\n")

    def members(self):
        return list(enumerate(ENGINES[:self.options.regions], 1))

    def cardea(self, *arguments):
        done = subprocess.run([self.options.binary, *map(str, arguments)], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"./run: cardea {arguments[0]} failed:\n{done.stderr[-3000:]}")
        return done.stdout

    def store(self, number, engine):
        if engine == "sqlite":
            return f"sqlite:{self.folder(number) / 'cardea.db'}"
        made = getattr(regions_databases, engine)(self.data, self.port("database", number))
        self.servers.append(Child(engine, made.command, self.data / f"{engine}.log", made.goodbye, made.user))
        self.await_port(self.port("database", number), self.servers[-1])
        return made.url

    def folder(self, number):
        folder = self.data / f"cell-{number}"
        folder.mkdir(exist_ok=True)
        return folder

    def await_port(self, port, child):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and child.alive:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError:
                time.sleep(0.1)
        sys.exit(f"./run: {child.name} does not answer; see {child.log}")

    def configure(self, number, engine):
        config = self.folder(number) / "cardea.toml"
        mesh = self.data / "mesh"
        write_private(config, f"""[listen]
https = "127.0.0.1:{self.port('cell', number)}"
mesh = "127.0.0.1:{self.port('mesh', number)}"
metrics = "127.0.0.1:{self.port('metrics', number)}"

[server]
trusted_proxies = ["127.0.0.1/32"]

[tls]
certificate = "{self.options.certificate}"
key = "{self.options.key}"

[public]
base_url = "{self.issuer}"

[store]
url = "{self.store(number, engine)}"

[seal]
key_file = "{self.data / 'seal.key'}"

[cell]
number = {number}
id = "{engine}"
region = "region-{number}"

[topology]
file = "{self.data / 'topology.toml'}"

[mesh]
authority = "{mesh / 'authority.crt'}"
certificate = "{mesh / f'cell-{number}.crt'}"
key = "{mesh / f'cell-{number}.key'}"

[mail]
folder = "{self.data / 'mail'}"
""")
        return config

    def start_cells(self):
        configs = [(number, engine, self.configure(number, engine)) for number, engine in self.members()]
        # Only the first one is bootstrapped; the others get the tenant from it.
        self.tenant = json.loads(self.cardea("bootstrap", "--config", configs[0][2], "--json"))
        for number, engine, config in configs:
            self.cells.append(Child(engine, [self.options.binary, "serve", "--config", config], self.folder(number) / "cardea.log"))
        for number, _ in self.members():
            self.await_tenant(number)

    def await_tenant(self, number):
        cell, deadline = self.cells[number - 1], time.monotonic() + 60
        where = f"https://localhost:{self.port('cell', number)}/.well-known/openid-configuration"
        while time.monotonic() < deadline and cell.alive:
            request = urllib.request.Request(where, headers={"Host": f"localhost:{self.options.https}"})
            try:
                with urllib.request.urlopen(request, timeout=2, context=self.trust) as answer:
                    if json.load(answer)["issuer"] == f"{self.issuer}/":
                        return
            except OSError:
                pass
            time.sleep(0.1)
        sys.exit(f"./run: the {cell.name} cell does not answer for {self.issuer}; see {cell.log}")

    # HAProxy gives up root, and with it the promise to end with us: one of a run that was killed may still be there.
    def end_leftover(self):
        noted = self.data / "haproxy.pid"
        try:
            pid = int(noted.read_text())
            if str(self.data / "haproxy.cfg").encode() in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes():
                os.kill(pid, signal.SIGKILL)
                time.sleep(0.2)
        except (OSError, ValueError):
            pass

    # Who comes from one address stays at one cell as long as it lives. What can be asked twice without harm is asked
    # again at another cell when a cell dies in the middle of it; the rest is answered 502, for it may have been done.
    def start_front(self):
        pair = self.data / "front.pem"
        write_private(pair, pathlib.Path(self.options.certificate).read_text() + pathlib.Path(self.options.key).read_text())
        cells = "\n".join(f"  server {engine} 127.0.0.1:{self.port('cell', number)}" for number, engine in self.members())
        config = self.data / "haproxy.cfg"
        config.write_text(f"""global
  maxconn 4000
  {'user haproxy' if os.geteuid() == 0 else ''}
  {'group haproxy' if os.geteuid() == 0 else ''}
defaults
  mode http
  timeout connect 1s
  timeout client 60s
  timeout server 60s
  timeout check 1s
frontend people
  bind :::{self.options.https} v4v6 ssl crt {pair} alpn h2,http/1.1 ssl-min-ver TLSv1.2
  http-request set-header X-Forwarded-Proto https
  http-request del-header X-Forwarded-Host
  http-request del-header Forwarded
  http-request set-header X-Forwarded-For %[src]
  default_backend cells
backend cells
  balance roundrobin
  stick-table type ipv6 size 100k expire 30m
  stick on src
  retries 3
  option redispatch 1
  retry-on conn-failure empty-response
  http-request disable-l7-retry unless {{ method GET HEAD }}
  http-response set-header X-Cardea-Cell %s
  option httpchk
  http-check send meth GET uri /health/ready hdr Host localhost:{self.options.https}
  http-check expect status 200
  default-server ssl verify required ca-file {self.options.certificate} sni str(localhost) check-sni localhost check inter 500ms fall 2 rise 4 observe layer4 error-limit 1 on-error mark-down
{cells}
frontend stats
  bind 127.0.0.1:{self.port('stats')}
  stats enable
  stats uri /
  stats refresh 1s
""", encoding="utf-8")
        self.front = Child("haproxy", ["/usr/sbin/haproxy", "-db", "-f", config], self.data / "haproxy.log")
        (self.data / "haproxy.pid").write_text(str(self.front.process.pid))
        self.await_port(self.options.https, self.front)

    def stop(self):
        for child in [self.front, *self.cells, *self.servers]:
            if child is not None:
                child.end()

    def describe(self):
        if self.options.json:
            cells = [{"number": number, "id": engine, "url": f"https://localhost:{self.port('cell', number)}/", "pid": self.cells[number - 1].process.pid}
                     for number, engine in self.members()]
            print(json.dumps({**self.tenant, "cells": cells, "front": {"url": f"{self.issuer}/", "pid": self.front.process.pid}, "pid": os.getpid()}), flush=True)
        values = {name: value or "(changed since)" for name, value in self.tenant.items()}
        lines = "\n".join(f"    {engine:<12} https://localhost:{self.port('cell', number)}/   pid {self.cells[number - 1].process.pid:<8} metrics http://127.0.0.1:{self.port('metrics', number)}/metrics"
                          for number, engine in self.members())
        print(f"""
  Cardea answers at        {self.issuer}/
  Discovery                {self.issuer}/.well-known/openid-configuration
  Management API           {self.issuer}/api/v2/
    client id              {values['mgmt_client_id']}
    client secret          {values['mgmt_client_secret']}
  First administrator      {values['admin_email']}
    one-time password      {values['admin_password']}
  Mails land in            {self.data / 'mail'}

  The cells, each with a database of its own (header x-cardea-cell says which one answered; all of them: http://127.0.0.1:{self.port('stats')}/):
{lines}

  Lose one                 kill -9 {self.cells[0].process.pid}
  Bring it back            press Enter here, or: kill -USR1 {os.getpid()}
  Stop all                 Ctrl-C. The same command goes on with the same data.
""", file=sys.stderr, flush=True)

    def watch(self):
        """Until somebody ends us. A cell that has died stays so until it is asked for."""
        revive = []
        signal.signal(signal.SIGUSR1, lambda *_: revive.append(True))
        with_keys = sys.stdin.isatty()
        while True:
            readable = select.select([sys.stdin] if with_keys else [], [], [], 0.2)[0]
            if readable:
                with_keys = sys.stdin.readline() != ""
                revive.append(True)
            for child in [self.front, *self.cells, *self.servers]:
                if not child.alive and not child.reported:
                    child.reported = True
                    step(f"{child.name} has ended ({child.process.returncode}). Log: {child.log}")
            if revive:
                revive.clear()
                self.revive()

    def revive(self):
        for cell in self.cells:
            if not cell.alive:
                cell.start()
                step(f"The {cell.name} cell is started again, pid {cell.process.pid}")


def leave(*_):
    raise KeyboardInterrupt


def main():
    parser = argparse.ArgumentParser(prog="./run --regions")
    parser.add_argument("--regions", type=int, choices=[2, 3], default=3)
    parser.add_argument("--data", default="data")
    parser.add_argument("--https", type=int, default=8443)
    parser.add_argument("--certificate", required=True, type=os.path.abspath)
    parser.add_argument("--key", required=True, type=os.path.abspath)
    parser.add_argument("--binary", default="build/release/cardea")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    regions = Regions(options)
    regions.end_leftover()
    regions.check_ports()
    for goodbye in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(goodbye, leave)
    try:
        step("The mesh: an authority, a certificate for each cell")
        regions.make_mesh()
        step("Databases and cells")
        regions.start_cells()
        step("HAProxy in front of them")
        regions.start_front()
        regions.describe()
        regions.watch()
    except KeyboardInterrupt:
        step("Stopping")
    finally:
        # A second Ctrl-C would leave some of them behind.
        for goodbye in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(goodbye, signal.SIG_IGN)
        regions.stop()


if __name__ == "__main__":
    main()
