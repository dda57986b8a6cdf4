"""The app of `formcheck serve` in a real browser, with the real server and model behind it: film, tap, see."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.opening import DESKTOP, KEEP, PHONE, fits, inaccessible
from tests.browser.serving import Server, delete, entered, no_film, one_rep, ready, running, until

for needed in ("starlette", "uvicorn", "segno", "cryptography", "ifaddr"):
    pytest.importorskip(needed, reason="the extra `serve` is not installed")

MB = 1024 * 1024
PIECE = 4 * MB


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("serve")) as found:
        yield found


@pytest.fixture(scope="module")
def owner(browser: Any, server: Server) -> Any:
    """What the owner's browser keeps: its session."""
    page = entered(browser, server.address, server.code, *PHONE[1:])
    assert page.problems == []
    kept = page.context.storage_state()
    page.context.close()
    return kept


@pytest.fixture
def page(browser: Any, server: Server, owner: Any) -> Iterator[Any]:
    opened = entered(browser, server.address, None, *PHONE[1:], storage_state=owner)
    yield opened
    # Whatever a failed test has left would stand in the way of the next.
    opened.goto(server.address)
    opened.evaluate(
        """async () => { for (const clip of (await (await fetch('/api/clips')).json()).clips)
             await fetch(`/api/clips/${clip.id}`, { method: 'DELETE' }); }"""
    )
    opened.context.close()


def test_a_set_is_sent_judged_played_and_deleted(
    browser: Any, server: Server, owner: Any, page: Any, tmp_path: Path
) -> None:
    page.evaluate(
        """() => {
          window.seen = [];
          new MutationObserver(() => {
            const card = document.querySelector('.is-working'), bar = card?.querySelector('progress');
            if (!card) return;
            seen.push([card.querySelector('.stage-words').textContent, bar.hasAttribute('value') ? bar.value : null]);
          }).observe(document.getElementById('clips'), { childList: true, subtree: true, attributes: true });
        }"""
    )
    page.click("#as")
    page.fill("#load", "40")
    page.fill("#who", "Anna")
    page.click("#options-yes")
    page.set_input_files("#choose", one_rep(tmp_path / "monday.mp4"))
    page.wait_for_selector(".is-done", timeout=150_000)
    stages = page.evaluate("window.seen")
    assert len({words.partition(" · ")[0] for words, _ in stages}) > 1, f"no progress was seen: {stages}"
    shares = [share for _, share in stages if share is not None]
    assert shares == sorted(shares)
    assert shares[-1] > 0.5

    card = page.inner_text(".is-done")
    assert "Trunk too upright" in card
    assert "Let your chest travel over the front thigh" in card
    assert "Anna · 40 kg" in card
    page.wait_for_selector("#today >> text=1 of 6 sets done, 5 to go")
    assert "The one rep was not clean" in card

    page.click(".is-done .screen")
    until(page, "document.querySelector('#player video').currentTime > 0.3")
    # A jump needs a range of the file.
    page.evaluate("document.querySelector('#player video').currentTime = 3")
    until(page, "document.querySelector('#player video').currentTime > 2.9")
    assert inaccessible(page) == []
    page.screenshot(path=str(Path(KEEP or tmp_path) / "serve-player.png"))
    page.click("#player >> text=Close")
    with page.expect_download() as download:
        page.click(".is-done >> text=Share")
    assert Path(download.value.path()).read_bytes()[4:8] == b"ftyp"

    page.click(".is-done >> text=Report")
    ready(page)
    until(page, "document.getElementById('video').readyState >= 2")
    assert page.locator(".lead").bounding_box()["y"] < page.locator(".player").bounding_box()["y"]
    assert page.evaluate("document.querySelector('.panel img').naturalWidth") > 0
    assert page.locator("#chart-angles canvas").count() == 1
    page.click("#back")
    page.wait_for_selector(".is-done")
    page.click("nav >> text=Next")
    page.wait_for_selector("#advice >> text=Fix the form first")
    page.click("nav >> text=Logbook")
    ready(page)
    assert "1 set on 1 day" in page.inner_text("header")
    page.click("nav.app >> text=Sets")
    page.wait_for_selector(".is-done", state="attached")
    assert page.problems == [], "a page breaks its own policy"

    for name, width, height, scheme in ((*PHONE, "light"), (*PHONE, "dark"), (*DESKTOP, "light")):
        looked = entered(browser, server.address, None, width, height, scheme, storage_state=owner)
        looked.wait_for_selector(".is-done img")
        fits(looked, width, scheme, Path(KEEP or tmp_path) / f"serve-{name}-{scheme}.png")
        for view in ("next", "phones"):
            looked.click(f"nav >> [href='#{view}']")
            looked.wait_for_selector("#advice .card" if view == "next" else "#devices .card")
            fits(looked, width, scheme, Path(KEEP or tmp_path) / f"serve-{view}-{name}-{scheme}.png")
        looked.click("nav >> [href='#sets']")
        looked.click("#as")
        assert inaccessible(looked) == []
        looked.context.close()

    page.goto(server.address)
    page.click(".is-done >> text=I disagree")
    ready(page)
    assert page.is_checked("[data-not-fault]")
    page.fill("#wrong-because", "quads")
    page.click("#wrong-send")
    page.wait_for_selector('text=Rep 1: "trunk too upright" is not a fault (quads).', timeout=150_000)
    assert page.problems == [], "the report may ask its own server"

    page.goto(server.address)
    page.wait_for_selector(".is-done")
    assert "The one rep was clean" in page.inner_text(".is-done")
    delete(page, ".is-done")
    assert page.is_visible("#none")
    assert list(server.clips.iterdir()) == []
    assert page.problems == []


def test_a_hostile_file_is_refused_in_a_sentence_and_its_name_stays_text(page: Any, tmp_path: Path) -> None:
    name = "<img src=x onerror=document.title=1><script>alert(1)</script>.mp4"
    page.on("dialog", lambda dialog: page.problems.append("a name ran as a script"))
    page.set_input_files("#choose", {"name": name, "mimeType": "video/mp4", "buffer": b"<svg onload=alert(1)>" * 400})
    page.wait_for_selector(".is-refused")
    assert page.inner_text(".is-refused h3") == name
    assert "video" in page.inner_text(".is-refused .wrong")
    assert page.inner_text(".is-refused .wrong").endswith(".")
    begins_well = {"name": name, "mimeType": "video/mp4", "buffer": no_film(tmp_path / "x", 9000).read_bytes()}
    page.set_input_files("#choose", begins_well)
    page.wait_for_selector(".is-failed", timeout=120_000)
    assert page.inner_text(".is-failed h3") == name
    assert "Traceback" not in page.inner_text(".is-failed")
    assert page.locator("#sets img, #sets script").count() == 0, "a name became part of the page"
    assert page.title() == "formcheck"
    assert inaccessible(page) == []
    page.click(".is-refused >> text=Dismiss")
    delete(page, ".is-failed")
    refused = [problem for problem in page.problems if "status of 4" not in problem]
    assert refused == []


def test_a_second_device_is_locked_out_until_it_has_a_code(
    browser: Any, server: Server, page: Any, tmp_path: Path
) -> None:
    for scheme in ("light", "dark"):
        stranger = entered(browser, server.address, None, *PHONE[1:], scheme)
        assert "code" in stranger.inner_text("main")
        asked = stranger.evaluate("fetch('/api/clips').then((answer) => answer.status)")
        assert asked == 401
        assert inaccessible(stranger) == []
        stranger.screenshot(path=str(Path(KEEP or tmp_path) / f"serve-locked-{scheme}.png"))
        stranger.fill("#word", "guessed")
        stranger.click("text=Let me in")
        stranger.wait_for_url("**/join/guessed")
        assert "is from another computer" in stranger.inner_text("#sentence")
        if scheme == "light":
            stranger.context.close()

    page.click("nav >> text=Phones")
    page.click("#new-code")
    page.wait_for_selector("#code .qr svg")
    assert page.locator("#code .qr svg").bounding_box()["width"] > 200
    page.screenshot(path=str(Path(KEEP or tmp_path) / "serve-code.png"))
    stranger.fill("#word", page.inner_text("#code .address"))
    stranger.click("text=Let me in")
    ready(stranger)
    assert stranger.inner_text("#phones-tab") == "Phone"
    assert not stranger.is_visible("#owner")

    page.reload()
    page.wait_for_selector("#devices >> text=Lock out")
    page.click("#devices >> text=Lock out")
    page.click("#sure >> text=Lock it out")
    page.wait_for_selector("#devices >> text=Lock out", state="detached")
    stranger.reload()
    assert stranger.is_visible("#word"), "a device that was shut out still sees the page"
    stranger.context.close()


def offsets_of(page: Any) -> list[int]:
    """Where the pieces that are sent from now on begin."""
    sent: list[int] = []
    page.on("request", lambda r: sent.append(int(r.headers["upload-offset"])) if r.method == "PATCH" else None)
    return sent


def test_an_upload_goes_on_after_the_connection_was_lost(page: Any, tmp_path: Path) -> None:
    sent, lost = offsets_of(page), 2

    def patchy(route: Any) -> None:
        nonlocal lost
        if route.request.headers.get("upload-offset") == str(PIECE) and lost:
            lost -= 1
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route("**/api/uploads/*", patchy)
    page.set_input_files("#film", no_film(tmp_path / "filmed.mp4", 10 * MB))
    page.wait_for_selector(".is-lost >> text=continues by itself")
    page.wait_for_selector("#clips .clip", timeout=60_000)
    assert sent == [0, PIECE, PIECE, PIECE, 2 * PIECE]
    assert page.locator("#uploads .clip").count() == 0
    delete(page, "#clips .clip")


@pytest.mark.parametrize("kept", [True, False], ids=["by itself", "with the same file chosen again"])
def test_an_upload_goes_on_after_the_page_was_loaded_anew(page: Any, tmp_path: Path, kept: bool) -> None:
    if not kept:  # a private window keeps no files
        page.add_init_script("Object.defineProperty(window, 'indexedDB', { get() { throw new Error('private'); } })")
        page.reload()
        ready(page)
    clip = no_film(tmp_path / "filmed.mp4", 9 * MB + kept)
    page.route(
        "**/api/uploads/*",
        lambda route: route.abort() if route.request.headers.get("upload-offset") == str(PIECE) else route.continue_(),
    )
    page.set_input_files("#choose", clip)
    page.wait_for_selector(".is-lost")
    page.unroute("**/api/uploads/*")
    sent = offsets_of(page)
    page.route("**/api/uploads/*", lambda route: route.continue_())
    page.reload()
    if not kept:
        page.wait_for_selector(".is-asleep >> text=Choose the same clip again")
        assert inaccessible(page) == []
        assert sent == []
        page.set_input_files("#choose", clip)
    page.wait_for_selector("#clips .clip", timeout=60_000)
    assert sent == [PIECE, 2 * PIECE]
    delete(page, "#clips .clip")
    page.reload()
    ready(page)
    assert page.locator("#uploads .clip").count() == 0, "what has arrived is still remembered as on its way"


def test_the_app_opens_while_the_computer_is_away_and_keeps_nothing_private(page: Any) -> None:
    page.evaluate("navigator.serviceWorker.ready.then(() => {})")
    until(page, "!!navigator.serviceWorker.controller")
    page.reload()
    ready(page)
    kept = page.evaluate(
        """async () => { const paths = [];
             for (const name of await caches.keys())
               for (const request of await (await caches.open(name)).keys()) paths.push(new URL(request.url).pathname);
             return paths; }"""
    )
    assert "/" in kept
    assert all(path in ("/", "/live", "/app.webmanifest") or path.startswith("/static/") for path in kept)
    page.context.set_offline(True)
    page.reload()
    page.wait_for_selector("#line >> text=No connection to the computer")
    page.context.set_offline(False)
    page.wait_for_selector("#line >> text=No connection to the computer", state="hidden")
    page.wait_for_selector("#exercise option >> nth=3", state="attached")
