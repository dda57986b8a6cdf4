from __future__ import annotations

import asyncio
from pathlib import Path

from formcheck.apps.serve import state as hub
from formcheck.apps.serve.state import Hub, News
from tests.apps.serve.served import desk_in, joined


def taken(device: str, *, owner: bool, told: list[News], every_s: float = 5.0) -> list[News | None]:
    """What a page of a device gets of some news."""

    async def watch() -> list[News | None]:
        board = Hub()
        board.attach()
        found: list[News | None] = []

        async def page() -> None:
            async for news in board.watch(device, owner=owner, every_s=every_s):
                found.append(news)

        watching = asyncio.create_task(page())
        await asyncio.sleep(0.01)
        for news in told:
            board.tell(news)
        await asyncio.sleep(0.1)
        board.close()
        await asyncio.wait_for(watching, 2)
        return found

    return asyncio.run(watch())


def test_news_go_to_their_device_and_to_the_owner() -> None:
    mine, others = News("clip", "a", {"id": "1"}), News("gone", "b", {"id": "2"})
    assert taken("a", owner=False, told=[mine, others]) == [mine]
    assert taken("c", owner=False, told=[mine, others]) == []
    assert taken("c", owner=True, told=[mine, others]) == [mine, others]


def test_an_idle_stream_gets_keep_alives() -> None:
    assert None in taken("a", owner=False, told=[], every_s=0.02)


def test_a_stream_that_is_not_read_is_closed() -> None:
    flood = [News("clip", "a", {"id": str(number)}) for number in range(hub.MOST_WAITING + 1)]
    assert len(taken("a", owner=False, told=flood)) < hub.MOST_WAITING


def test_a_device_watches_with_few_pages(tmp_path: Path) -> None:
    desk = desk_in(tmp_path)
    client = joined(desk)
    device = client.get("/api/me").json()["device"]["id"]

    async def watch_all() -> None:
        pages = [desk.hub.watch(device, owner=False, every_s=5) for _ in range(hub.MOST_WATCHING)]
        waiting = [asyncio.ensure_future(anext(page)) for page in pages]
        await asyncio.sleep(0.01)
        refused = await asyncio.to_thread(client.get, "/api/events")
        assert refused.status_code == 429
        desk.hub.end_of(device)
        await asyncio.wait(waiting, timeout=2)
        assert not desk.hub.is_full(device)

    asyncio.run(watch_all())
