"""`mediacore loadtest`: how many contacts a server routes, how fast, and whether one was lost."""

from __future__ import annotations

import argparse
import sys

import trio

from loadtest.traffic import Traffic
from mediacore.client import MediacoreClient


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the `mediacore` command line."""
    parser = subparsers.add_parser(
        "loadtest",
        help="simulate visitors and agents against a running server (signalling, no media)",
        description=(
            "Visitors queue, agents accept and hang up, over the public API. "
            "Signalling only: no media is sent. "
            "An offer's latency counts from when both the contact and the agent were there. "
            "The exit code is 1 when a contact was lost or none was served."
        ),
    )
    parser.add_argument("--url", required=True, help="where the server is: http://localhost:8080")
    parser.add_argument("--api-key", required=True)
    parser.add_argument("--queue", help="the queue to use; the first one if not given")
    parser.add_argument("--visitors", type=int, default=50, help="at the same time (50)")
    parser.add_argument("--agents", type=int, default=20, help="at the same time (20)")
    parser.add_argument("--duration", type=float, default=30.0, metavar="SECONDS", help="(30)")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run the load test and print its figures; the exit code."""
    return trio.run(_run, options)


async def _run(options: argparse.Namespace) -> int:
    queue = options.queue
    if queue is None:
        async with MediacoreClient(options.url, options.api_key) as client:
            queue = (await client.queues())[0]["id"]
    traffic = Traffic(options.url, options.api_key, queue, options.visitors, options.agents)
    print("loadtest: signalling only, no media is sent", file=sys.stderr)
    took_s = await traffic.run(options.duration)
    print(f"loadtest: {traffic.tally.summary(took_s)}")
    return int(bool(traffic.tally.lost) or not traffic.tally.completed)
