#!/usr/bin/env python
"""Kill one of two workers of a Dask cluster in the middle of a batch, and compare the end with a run on this computer.

    python scripts/lost_worker.py samples
    python scripts/lost_worker.py ../shared/clips/rendered --after 20 -- --pose-rate 5

Starts a scheduler and two worker processes here; with `--tls` they talk over TLS, with a certificate made for it. Ends with
exit code 0 when the summary, the rows of the repetitions and every analysis are the same. Options after `--` go to
`formcheck batch`.
"""

from __future__ import annotations

import argparse
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from kill_resume import Trial, arguments_of
from processes import children_of, environment


def main() -> int:
    """Run the trial; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clips", type=Path, help="folder whose clips are copied and analysed")
    parser.add_argument("--clips-at-most", type=int, default=6)
    parser.add_argument("--after", type=float, default=6.0, help="seconds of the worker's work before it is killed")
    parser.add_argument("--tls", action="store_true", help="certificates for all, made with openssl")
    given = arguments_of(parser)
    given.kills, given.seed = 0, 1
    with tempfile.TemporaryDirectory(prefix="formcheck-lost-") as folder, ExitStack() as running:
        trial = Trial(Path(folder), given)
        began = time.monotonic()
        trial.finish(trial.reference)
        print(f"on this computer: {time.monotonic() - began:.0f} s")
        address = f"{'tls' if given.tls else 'tcp'}://127.0.0.1:{free_port()}"
        theirs, ours = certificate(Path(folder)) if given.tls else ([], [])
        start(running, "scheduler", "--host", address, "--no-dashboard", *theirs)
        own = ("--no-nanny", "--nthreads", "1", "--no-dashboard", *theirs)
        workers = [start(running, "worker", address, *own) for _ in range(2)]
        time.sleep(6)
        trial.options = [*trial.options, "--cluster", address, *ours]
        began = time.monotonic()
        batch = trial.start(trial.out)
        victim = workers[0]
        while not children_of(victim.pid) and batch.poll() is None:
            time.sleep(0.2)
        time.sleep(given.after)
        if batch.poll() is not None:
            sys.exit("FAILED: the batch was done before a worker could be killed; give more clips or a smaller --after.")
        done = len(list(trial.out.rglob("*.formcheck")))
        victim.kill()
        victim.wait()
        print(f"killed one of two workers after {time.monotonic() - began:.0f} s, with {done} results there")
        if batch.wait() != 4:
            sys.exit(f"FAILED: the batch ended with exit code {batch.returncode}; expected 4.")
        print(f"over the cluster: {time.monotonic() - began:.0f} s")
        return trial.compare()


def start(running: ExitStack, *arguments: str) -> subprocess.Popen[bytes]:
    """A Dask program that ends with the trial."""
    process = subprocess.Popen(
        [sys.executable, "-m", "distributed.cli.dask_" + arguments[0], *arguments[1:]],
        env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    running.callback(process.wait)
    running.callback(process.kill)
    return process


def certificate(folder: Path) -> tuple[list[str], list[str]]:
    """A certificate that is its own authority, as options for Dask's programs and for the batch."""
    key, cert = str(folder / "key.pem"), str(folder / "cert.pem")
    made = ["openssl", "req", "-x509", "-newkey", "rsa:3072", "-nodes", "-subj", "/CN=formcheck", "-keyout", key, "-out", cert]
    subprocess.run(made, check=True, capture_output=True)
    own = ["--tls-cert", cert, "--tls-key", key]
    return ["--tls-ca-file", cert, *own], ["--tls-ca", cert, *own]


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
