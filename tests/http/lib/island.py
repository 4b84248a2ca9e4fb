# SPDX-License-Identifier: Apache-2.0
"""Runs inside a separate network (machine.Island): sets it up, and relays into it and out of it."""

import os
import socket
import subprocess
import sys
import threading

DATABASE = "10.9.9.9"

# Connections to it come from an address that stays when that address is removed.
LOCAL = ["local", DATABASE, "dev", "lo", "src", "10.9.9.1", "table", "local"]


def _ip(*arguments):
    subprocess.run(["/bin/ip", *arguments], check=True)


def _pump(source, sink):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
    except OSError:
        pass
    for one in (source, sink):
        try:
            one.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def _relay(listener, connect):
    while True:
        client, _ = listener.accept()
        try:
            server = connect()
        except OSError:
            client.close()
            continue
        for pair in (client, server), (server, client):
            threading.Thread(target=_pump, args=pair, daemon=True).start()


def _postgresql(pghost):
    server = socket.socket(socket.AF_UNIX)
    server.connect(f"{pghost}/.s.PGSQL.5432")
    return server


def _main(file, port, pghost):
    _ip("link", "set", "lo", "up")
    # Packets to one end of a pair come out of the other end, where no host answers: no answer, no
    # error.
    _ip("link", "add", "hole", "type", "veth", "peer", "name", "bottom")
    _ip("addr", "add", "10.9.9.1/32", "dev", "lo")
    for end in "hole", "bottom":
        _ip("link", "set", end, "up")
    _ip("neigh", "add", DATABASE, "lladdr", "02:00:00:00:00:01", "dev", "hole", "nud", "permanent")
    _ip("addr", "add", f"{DATABASE}/32", "dev", "lo")
    _ip("route", "replace", *LOCAL)
    relays = [(socket.socket(fileno=int(file)), lambda: socket.create_connection(("127.0.0.1", int(port)))),
              (socket.create_server((DATABASE, 5432), backlog=128), lambda: _postgresql(pghost))]
    for relay in relays:
        threading.Thread(target=_relay, args=relay, daemon=True).start()
    print("done", flush=True)
    for line in sys.stdin:
        if line == "swallow\n":
            _ip("route", "del", *LOCAL)
            _ip("addr", "del", f"{DATABASE}/32", "dev", "lo")
            _ip("route", "add", f"{DATABASE}/32", "dev", "hole", "src", "10.9.9.1")
        else:
            _ip("route", "del", f"{DATABASE}/32", "dev", "hole")
            _ip("addr", "add", f"{DATABASE}/32", "dev", "lo")
            _ip("route", "replace", *LOCAL)
        print("done", flush=True)
    os._exit(0)


if __name__ == "__main__":
    _main(*sys.argv[1:])
