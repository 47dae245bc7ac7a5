"""What operations ask: /livez, /readyz and /metrics. Nobody needs a token for it."""

from __future__ import annotations

from typing import Literal

import msgspec
from litestar import Response, Router, get

from control_api.http.parts import ServicesOf
from control_api.metrics import CONTENT_TYPE


class Health(msgspec.Struct):
    """How the process is."""

    status: Literal["ok", "draining"]


@get("/livez", summary="Whether the process answers")
async def livez() -> Health:
    """200 as long as it does."""
    return Health("ok")


@get("/readyz", summary="Whether new contacts are taken")
async def readyz(services: ServicesOf) -> Response[Health]:
    """503 while the server drains."""
    if services.centre.draining:
        return Response(Health("draining"), status_code=503)
    return Response(Health("ok"))


@get("/metrics", summary="Metrics for Prometheus", media_type=CONTENT_TYPE)
async def metrics(services: ServicesOf) -> Response[bytes]:
    """Text exposition format 0.0.4."""
    return Response(services.metrics.text(), media_type=CONTENT_TYPE)


router = Router("/", route_handlers=[livez, readyz, metrics], tags=["Operations"])
