"""The network interface that Janus needs to meet peers on 127.0.0.0/8.

Janus gathers no candidate on a loopback interface, and its libnice ties a socket to the interface
of its address (IP_UNICAST_IF): what it sent to 127.1.0.1 would leave the machine. So it gets an
interface of its own, one end of a pair that carries nothing, and the kernel is told that the peers'
addresses are to be found there as well. Being the machine's own, they and Janus still reach each
other over the loopback interface, like any two programs on 127.0.0.0/8.
"""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.media.janus.errors import JanusError

NAME = "janus-bench"
# Of the range that RFC 2544 sets aside for benchmarks.
ADDRESS = "198.18.0.1"
PEERS = "127.1.0.0/16"


@contextmanager
def interface() -> Iterator[None]:
    """There is one, with ADDRESS, from which PEERS can be reached."""
    _remove()  # what a run that was killed has left behind
    try:
        for command in (
            # In a network namespace of one's own it is down at first.
            "link set lo up",
            f"link add {NAME} type veth peer name {NAME}-x",
            f"address add {ADDRESS}/32 dev {NAME}",
            f"link set {NAME} up",
            f"link set {NAME}-x up",
            f"route add local {PEERS} dev {NAME}",
        ):
            _ip(command)
        yield
    finally:
        _remove()


def _ip(command: str) -> None:
    try:
        subprocess.run(["ip", *command.split()], check=True, capture_output=True, text=True)
    except FileNotFoundError:
        raise JanusError("there is no ip on this machine: apt-get install iproute2") from None
    except subprocess.CalledProcessError as error:
        raise JanusError(
            f"janus needs a network interface of its own, and ip {command} says"
            f" {error.stderr.strip()}; as root it can be made, or in a namespace, with"
            " unshare --map-root-user --net before the command"
        ) from None


def _remove() -> None:
    if any(name == NAME for _, name in socket.if_nameindex()):
        _ip(f"link delete {NAME}")
