"""The worker process of the server: takes one clip after the other and analyses it as `formcheck batch` would.

It reads orders from its standard input and answers on its standard output, one line of JSON each. Only here, and in the pose
workers below it, are clips decoded. When the server is gone its input ends, and so does the process, whatever it does.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

from formcheck.serve.bounds import bound_process, bound_seconds
from formcheck.serve.settings import Settings

#: What the process is started with (`python -c`); see `formcheck.pose.worker.BOOT`.
BOOT = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from formcheck.serve.host import main; main()"


def command(settings: Settings) -> list[str]:
    """The command line of the process."""
    paths = [str(Path(entry).absolute()) for entry in sys.path]
    bounds = [str(settings.job_memory), str(settings.niceness)]
    return [sys.executable, "-c", BOOT, json.dumps(paths), *bounds, settings.model, str(settings.workers or "")]


def main() -> None:
    """Answer orders until the server closes the pipe or dies."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):  # of a whole terminal or group: the server says when to stop
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    memory, niceness, model, workers = int(sys.argv[2]), int(sys.argv[3]), sys.argv[4], sys.argv[5]
    bound_process(memory, niceness)
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    # Libraries print to the terminal or to standard output; that would tear the answers.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    orders: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(orders,), daemon=True).start()

    def answer(line: dict[str, Any]) -> None:
        answers.write(json.dumps(line) + "\n")
        answers.flush()

    from formcheck.pose import PosePool, find_model
    from formcheck.serve.work import do_order

    with PosePool(find_model(model), int(workers) if workers else None) as pool:
        answer({"ready": True})
        while True:
            order = orders.get()
            bound_seconds(order["limit_s"])
            answer(do_order(order, pool, lambda what, share: answer({"stage": what, "share": round(share, 3)})))


def _listen(orders: queue.SimpleQueue[dict[str, Any]]) -> None:
    with suppress(OSError, ValueError):
        for line in sys.stdin:
            orders.put(json.loads(line))
    os._exit(0)
