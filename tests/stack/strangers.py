"""What arrives on a public UDP port from people who were not invited."""

from __future__ import annotations

import contextlib
import random
import socket

from aioice import stun
from OpenSSL import SSL


def _random_bytes() -> bytes:
    return random.Random(7).randbytes(400)


def _stun_for_an_unknown_user() -> bytes:
    message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    message.attributes["USERNAME"] = "nobody:stranger"
    message.attributes["PRIORITY"] = 1
    message.add_message_integrity(b"not the password")
    return bytes(message)


def _dtls_client_hello() -> bytes:
    client = SSL.Connection(SSL.Context(SSL.DTLS_METHOD), None)
    client.set_connect_state()
    with contextlib.suppress(SSL.WantReadError):
        client.do_handshake()
    return client.bio_read(4096)


def _plaintext_alert() -> bytes:
    # Record: alert, DTLS 1.2, epoch 0, sequence 0, two bytes: fatal, handshake_failure.
    return bytes([21, 0xFE, 0xFD]) + bytes(8) + bytes([0, 2, 2, 40])


def _rtp_and_rtcp() -> list[bytes]:
    rtp = bytes([0x80, 96]) + bytes(10) + bytes(100)
    rtcp_bye = bytes([0x81, 203, 0, 1]) + bytes(4)
    return [rtp, rtcp_bye]


KINDS: dict[str, list[bytes]] = {
    "random bytes": [_random_bytes(), b"", b"\x00", b"\x80"],
    "STUN for an unknown user": [_stun_for_an_unknown_user()],
    "DTLS ClientHello": [_dtls_client_hello()],
    "plaintext alert": [_plaintext_alert()],
    "RTP and RTCP of nobody": _rtp_and_rtcp(),
}


def pester(port: int, *, times: int = 5) -> None:
    """Send every kind of datagram to the loopback port, each from a port of its own."""
    for datagrams in KINDS.values():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            for datagram in datagrams * times:
                stranger.sendto(datagram, ("127.0.0.1", port))
