"""Many phones send at once: is every clip accepted, does memory stay flat, does a page answer meanwhile?

Everything happens on this computer alone. `scripts/serve_load.py --phones 20 --megabytes 60` is the figure of docs/SERVE.md.
"""

from __future__ import annotations

import argparse
import hashlib
import multiprocessing
import statistics
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from serve_client import Phone, Server, invited, padded

SAMPLE = Path(__file__).parent.parent / "samples" / "hip_thrust_good_f.mp4"
#: How often a page is asked for meanwhile, seconds.
ASKED_EVERY_S = 0.1
PAGES = ("/", "/api/clips", "/api/me")


def send_all(phones: list[Phone], clip: bytes, size: int, ready: Any, answers: Any) -> None:
    """All phones send at once, in a process of their own; the seconds it took, and number and hash of each clip."""
    contents = [padded(clip, size) for _ in phones]
    hashes = [hashlib.sha256(content).hexdigest() for content in contents]
    ready.set()
    began = time.perf_counter()
    with ThreadPoolExecutor(len(phones)) as threads:
        taken = list(threads.map(lambda phone, content: phone.send("set.mp4", content)["id"], phones, contents))
    answers.put((time.perf_counter() - began, list(zip(taken, hashes, strict=True))))


def watch_pages(owner: Phone, senders: Any) -> list[float]:
    """Seconds that each answer took while the phones sent, in order of length."""
    taken = []
    while senders.is_alive():
        for page in PAGES:
            began = time.perf_counter()
            status, _ = owner.ask("GET", page)
            assert status == 200, (page, status)
            taken.append(time.perf_counter() - began)
        time.sleep(ASKED_EVERY_S)
    return sorted(taken)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--phones", type=int, default=20)
    parser.add_argument("--megabytes", type=int, default=60)
    parser.add_argument("--slowest-ms", type=float, default=300.0, help="what a page may take")
    parser.add_argument("--most-mb", type=float, default=80.0, help="what the web process may grow by")
    chosen = parser.parse_args()
    clip = SAMPLE.read_bytes()
    with tempfile.TemporaryDirectory(prefix="formcheck-load-") as folder, Server(Path(folder) / "data") as server:
        owner, phones = invited(server, chosen.phones)
        phones[0].send("first.mp4", clip)  # the worker has something to do from now on
        for _ in range(3):
            assert [owner.ask("GET", page)[0] for page in PAGES] == [200] * len(PAGES)
        before = server.memory_mb("VmRSS")
        spawn = multiprocessing.get_context("spawn")  # another process: whoever asks for pages must not wait for the senders
        answers: multiprocessing.Queue[Any] = spawn.Queue()
        ready = spawn.Event()
        senders = spawn.Process(target=send_all, args=(phones, clip, chosen.megabytes * 1_000_000, ready, answers))
        senders.start()
        ready.wait()
        taken = watch_pages(owner, senders)
        seconds, acknowledged = answers.get()
        peak = server.memory_mb("VmHWM")
        accepted = sum(
            hashlib.sha256(next((server.data / "clips" / number).glob("clip*.mp4")).read_bytes()).hexdigest() == digest
            for number, digest in acknowledged
        )
    slowest, usual = 1000 * taken[-1], 1000 * statistics.median(taken)
    late = 1000 * taken[int(0.99 * len(taken))]
    print(f"{accepted} of {chosen.phones} clips of {chosen.megabytes} MB accepted whole in {seconds:.1f} s")
    print(f"web process: {before:.0f} MB before, {peak:.0f} MB at most")
    print(f"{len(taken)} pages meanwhile: median {usual:.0f} ms, 99 % within {late:.0f} ms, slowest {slowest:.0f} ms")
    good = accepted == chosen.phones and peak - before < chosen.most_mb and slowest < chosen.slowest_ms
    print("as promised" if good else "NOT as promised")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
