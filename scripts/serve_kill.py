"""The server is killed (kill -9) again and again while phones send and clips are judged: is anything lost, or there twice?

Everything happens on this computer alone. Every acknowledged clip has to be there in the end, once, byte for byte, judged,
and once in the logbook; every clip that a phone did not give up has to be acknowledged in the end.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from formcheck.apps.logbook.store import Logbook
from serve_client import MARK, Phone, Server, invited, padded

SAMPLE = Path(__file__).parent.parent / "samples" / "hip_thrust_good_f.mp4"


def wait_until_judged(server: Server, phones: list[Phone], patience_s: float) -> list[dict[str, object]]:
    """Every clip that the phones see, when none waits any more."""
    until = time.monotonic() + patience_s
    while True:
        clips = [clip for phone in phones for clip in phone.ask("GET", "/api/clips")[1]["clips"]]
        if all(clip["state"] in ("done", "failed") for clip in clips):
            return clips
        assert time.monotonic() < until, [clip["state"] for clip in clips]
        time.sleep(0.5)


def workers_of(data: Path) -> int:
    """How many worker processes of the servers of a folder there are; `ps` shows what they were started with."""
    listed = subprocess.run(["ps", "axeww"], capture_output=True, text=True, check=True).stdout
    return sum(f"{MARK}={data}" in line and " -c " in line for line in listed.splitlines())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=25)
    parser.add_argument("--phones", type=int, default=3)
    parser.add_argument("--clips", type=int, default=4, help="of each phone")
    parser.add_argument("--megabytes", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    chance, clip = random.Random(chosen.seed), SAMPLE.read_bytes()
    with tempfile.TemporaryDirectory(prefix="formcheck-kill-") as folder, Server(Path(folder) / "data") as server:
        _, phones = invited(server, chosen.phones)
        acknowledged: dict[str, bytes] = {}
        lock = threading.Lock()

        def send(phone: Phone, own: int) -> None:
            pauses = random.Random(chosen.seed * 1000 + own)
            for number in range(chosen.clips):
                content = padded(clip, chosen.megabytes * 1_000_000)
                taken = phone.send(f"set-{number}.mp4", content, piece=256 * 1024)
                with lock:
                    assert taken["id"] not in acknowledged, "one number for two clips"
                    acknowledged[taken["id"]] = hashlib.sha256(content).digest()
                time.sleep(pauses.uniform(0, 2 * chosen.kills / max(1, chosen.clips)))

        kills, during = 0, Counter[str]()
        with ThreadPoolExecutor(chosen.phones) as threads:
            sending = [threads.submit(send, phone, own) for own, phone in enumerate(phones)]
            while kills < chosen.kills:
                time.sleep(chance.choice((0.05, 0.2, 0.5, 1.0, 2.0, 4.0)) * chance.random() * 2)
                during["uploads" if not all(one.done() for one in sending) else "jobs only"] += 1
                server.kill()
                kills += 1
                server.start()
            for one in sending:
                one.result()
        seen = wait_until_judged(server, phones, 1800)
        states = Counter(str(found["state"]) for found in seen)
        ids = Counter(str(found["id"]) for found in seen)
        lost = [number for number in acknowledged if number not in ids]
        twice = [number for number, count in ids.items() if count > 1] + [
            number for number in ids if number not in acknowledged
        ]
        damaged = []
        for number, digest in acknowledged.items():
            path = next((server.data / "clips" / number).glob("clip*.mp4"))
            if hashlib.sha256(path.read_bytes()).digest() != digest:
                damaged.append(number)
        with Logbook(server.logbook, reading=True) as book:
            logged = Counter(entry.clip.sha256 for entry in book.entries() if entry.clip is not None)
        folders = {path.name for path in (server.data / "clips").iterdir()}
        leftover = folders - set(acknowledged)
        assert workers_of(server.data) > 0, "nobody works here: they could not be counted"
        server.stop()
        time.sleep(1.0)
        orphans = workers_of(server.data)
    expected = {digest.hex() for digest in acknowledged.values()}
    print(f"{kills} kills ({', '.join(f'{count} during {what}' for what, count in during.items())})")
    print(f"{len(acknowledged)} clips acknowledged: {len(lost)} lost, {len(twice)} there twice, {len(damaged)} damaged")
    print(f"judged: {dict(states)}; in the logbook once: {sum(count == 1 for count in logged.values())} of {len(expected)}")
    print(f"folders of nobody: {len(leftover)}; worker processes left: {orphans}")
    good = (
        len(acknowledged) == chosen.phones * chosen.clips and not (lost or twice or damaged or leftover or orphans)
        and states == Counter(done=len(acknowledged)) and logged == Counter(expected)
    )  # fmt: skip
    print("nothing lost, nothing twice" if good else "NOT as promised")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
