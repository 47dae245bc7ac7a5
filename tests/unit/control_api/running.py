"""A whole control API on a free port, with the real matcher and store and a scripted shard."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import httpx
import uvicorn
from websockets.asyncio.client import ClientConnection, connect

from control_api import limits
from control_api.app import create_app
from control_api.compose import Services, open_services
from mediacore.client import Connection, MediacoreClient
from mediacore.config import (
    GroupSettings,
    IssueSettings,
    JournalSettings,
    KeySettings,
    MediaSettings,
    QueueSettings,
    RecordingSettings,
    RegionSettings,
    RoutingSettings,
    ServerSettings,
    Settings,
    SkillSettings,
    StoreSettings,
    VipSettings,
)
from mediacore.engine import MediaEngine
from unit.control_api.scripted_shard import ScriptedShard

PATIENCE_S = 20.0
API_KEY = "an-api-key-of-forty-characters-0123456789"
TOKEN_SECRET = "a-token-secret-of-forty-characters-012345"


@dataclass
class Api:
    """The running API and its doors."""

    services: Services
    shard: ScriptedShard
    url: str

    def token(self, role: Any, subject: str, **more: Any) -> str:
        return self.services.keys.issue(role, subject, ttl_s=600, **more)[0]

    def client(self, bearer: str = API_KEY) -> MediacoreClient:
        return MediacoreClient(self.url, bearer)

    def http(self, bearer: str | None = API_KEY) -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {bearer}"} if bearer is not None else {}
        return httpx.AsyncClient(base_url=self.url, headers=headers)

    @asynccontextmanager
    async def page(self, token: str, tab: str = "one", **hello: Any) -> AsyncIterator[Connection]:
        """A page after its welcome. Fails when it takes longer than any test should."""
        with anyio.fail_after(PATIENCE_S):
            async with self.client(token) as client, client.connect(tab, **hello) as page:
                yield page

    @asynccontextmanager
    async def socket(self) -> AsyncIterator[ClientConnection]:
        """A bare WebSocket."""
        async with connect(self.url.replace("http", "ws") + "/v1/ws") as bare:
            yield bare

    async def contact(self, queue: str = "general", **more: Any) -> dict[str, Any]:
        """A new contact: {contact, token}."""
        async with self.client() as integrator:
            return await integrator.create_contact(queue, {"name": "Ada"}, **more)

    @asynccontextmanager
    async def agent(self, subject: str = "bo") -> AsyncIterator[Connection]:
        """The page of an agent who is ready."""
        async with self.page(self.token("agent", subject, name=subject.title())) as page:
            await page.request("agent.sign_in")
            await page.request("agent.ready")
            yield page

    @asynccontextmanager
    async def call(
        self, queue: str = "general"
    ) -> AsyncIterator[tuple[Connection, Connection, str]]:
        """Agent, visitor and contact in a connected call."""
        async with self.agent() as agent:
            created = await self.contact(queue)
            contact = created["contact"]["id"]
            async with self.page(created["token"]) as visitor:
                offer = await agent.wait_for("reservation.created")
                await agent.request("reservation.accept", contact=contact, epoch=offer["epoch"])
                await join(agent, contact)
                await join(visitor, contact)
                while (await agent.wait_for("call.updated"))["call"]["state"] != "connected":
                    pass
                yield agent, visitor, contact


async def join(page: Connection, contact: str, *sources: str) -> None:
    """Enter the call and publish, by default camera and microphone."""
    publish = [
        {"mid": str(mid), "source": source}
        for mid, source in enumerate(sources or ("microphone", "camera"))
    ]
    await page.request("media.join", contact=contact)
    await page.request("media.offer", contact=contact, sdp="v=0\r\n", publish=publish, subscribe=[])


def settings_in(folder: Path) -> Settings:
    return Settings(
        server=ServerSettings(public_url="https://calls.example.com", shutdown_grace_s=1),
        keys=KeySettings(API_KEY, TOKEN_SECRET),
        store=StoreSettings(url=f"sqlite:///{folder}/mediacore.db"),
        media=MediaSettings(),
        recording=RecordingSettings(
            directory=str(folder / "recordings"), voicemail_directory=str(folder / "voicemails")
        ),
        journal=JournalSettings(directory=str(folder / "journal")),
        routing=RoutingSettings(visitor_grace_s=0.2),
        skills=(
            SkillSettings(id="german", name_en="German", name_zh="德语"),
            SkillSettings(id="billing", name_en="Billing", name_zh="账单"),
        ),
        groups=(GroupSettings(id="night", name_en="Night shift", name_zh="夜班"),),
        regions=(
            RegionSettings(id="cn", name_en="China", name_zh="中国"),
            RegionSettings(id="cn/gd", name_en="Guangdong", name_zh="广东"),
        ),
        vip_classes=(VipSettings(id="gold", name_en="Gold", name_zh="金卡", priority=90),),
        issues=(
            IssueSettings(
                id="line-down",
                queue="support",
                name_en="No line",
                name_zh="断线",
                requires={"german": 2},
            ),
        ),
        queues=tuple(
            QueueSettings(id=queue, name_en=queue.title(), name_zh="队列", recording=recording)
            for queue, recording in (
                ("general", "off"),
                ("support", "always"),
                ("sales", "consent"),
            )
        ),
    )


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Api]:
    """The API on a free port."""
    shards: list[ScriptedShard] = []

    def open_shard(media: MediaSettings) -> ScriptedShard:
        shards.append(ScriptedShard(media))
        return shards[0]

    engine = MediaEngine(settings.media, open_shard=open_shard)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        async with open_services(settings, engine=engine) as services:
            config = uvicorn.Config(
                create_app(services),
                log_config=None,
                lifespan="off",
                ws="websockets-sansio",
                ws_max_size=limits.FRAME_BYTES_MAX,
                ws_per_message_deflate=False,
            )
            server = uvicorn.Server(config)
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(server._serve, [listener])
                yield Api(services, shards[0], f"http://127.0.0.1:{port}")
                server.should_exit = True
