"""Running a batch on a Dask cluster: certificates, the runner, and the task on a worker."""

from __future__ import annotations

import io
import queue
import secrets
import socket
import ssl
import tempfile
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from formcheck.apps.batch.local import Event, Finished, Progressed, Started
from formcheck.apps.batch.record import Record, begin, publish, read_record, write_record
from formcheck.apps.batch.sources import local_copy
from formcheck.apps.batch.work import ClipJob, disk_full_is_an_error_of_its_own, fill
from formcheck.errors import StoppedError, UsageError
from formcheck.outputs.folder import REUSABLE
from formcheck.outputs.page.shell import SHARED_FOLDER, write_shared_library
from formcheck.pose.model import PoseModel
from formcheck.pose.pool import PosePool
from formcheck.pose.registry import found_again
from formcheck.version import __version__
from formcheck.video.files import file_sha256

#: Prefix of the address of a scheduler that requires certificates.
TLS = "tls://"


@dataclass(frozen=True)
class TlsFiles:
    """PEM files: the certificate authority, and our own certificate and key."""

    ca: Path
    cert: Path
    key: Path


def tls_files(cluster: str | None, ca: Path | None, cert: Path | None, key: Path | None) -> TlsFiles | None:
    """The certificates for this address, by default from Dask's configuration; None for an address without TLS.

    Raises:
        UsageError: options and address do not match, or a file cannot be used.
    """
    given = {"--tls-ca": ca, "--tls-cert": cert, "--tls-key": key}
    named = [name for name, path in given.items() if path is not None]
    if named and (cluster is None or not cluster.startswith(TLS)):
        got = "no --cluster" if cluster is None else f"--cluster {cluster}"
        raise UsageError(f"{named[0]} expects --cluster {TLS}HOST:PORT but got {got}; give the scheduler's TLS address.")
    if cluster is None or not cluster.startswith(TLS):
        return None
    origin = "--tls options"
    if not named:
        origin = "Dask's configuration"
        given = _configured()
    missing = [name for name, path in given.items() if path is None]
    if missing:
        raise UsageError(
            f"{cluster} needs --tls-ca, --tls-cert and --tls-key but got no {', no '.join(missing)};"
            " give the PEM files that the scheduler was started with, or the same authority's."
        )
    files = TlsFiles(*(path for path in given.values() if path is not None))
    _check(files, origin)
    return files


def check_trust(cluster: str | None, *, trusted: bool) -> None:
    """Check that a scheduler without TLS is on this computer, or that the user trusts it.

    Raises:
        UsageError: it is on another computer, without TLS, and the user did not say that it is trusted.
    """
    if cluster is None or cluster.startswith(TLS) or trusted:
        return
    host, _ = host_and_port(cluster)
    if host != "localhost" and not _is_loopback(host):
        raise UsageError(
            f"--cluster {cluster} is another computer without TLS: whoever reaches that scheduler can run programs on this"
            " computer and on every worker. Use a tls:// address with certificates, or --trust-cluster in a network that"
            " is yours alone."
        )


def host_and_port(address: str) -> tuple[str, int | None]:
    """Host and port of a scheduler's address, with or without "tcp://"."""
    parts = urlsplit(address if "://" in address else f"tcp://{address}")
    try:
        return parts.hostname or "", parts.port
    except ValueError:
        raise UsageError(f"--cluster expects an address such as tcp://localhost:8786 but got {address}.") from None


def _is_loopback(host: str) -> bool:
    with suppress(ValueError):
        return ip_address(host).is_loopback
    return False


def _expect_scheduler(address: str) -> None:
    """Check that a Dask scheduler greets at the address. Dask's own client would wait for minutes.

    Raises:
        UsageError: nothing answers, or something else.
    """
    host, port = host_and_port(address)
    start = "start one with: dask scheduler."
    try:
        with socket.create_connection((host, port or 8786), timeout=CONNECT_S) as there:
            there.settimeout(CONNECT_S)
            greeting = there.recv(64)
    except TimeoutError:
        tls = "it does not greet; one with TLS has a tls:// address"
        raise UsageError(f"what listens at {address} is not a Dask scheduler ({tls}); {start}") from None
    except OSError as error:
        raise UsageError(f"no Dask scheduler answers at {address} ({error}); {start}") from None
    if not greeting:
        raise UsageError(f"what listens at {address} is not a Dask scheduler (it hangs up); {start}")


def security_of(files: TlsFiles) -> Any:
    """Dask's `Security`, which requires encryption."""
    from distributed.security import Security

    return Security(
        require_encryption=True,
        tls_ca_file=str(files.ca),
        tls_client_cert=str(files.cert),
        tls_client_key=str(files.key),
    )


def _configured() -> dict[str, Path | None]:
    try:
        import dask
        import distributed  # noqa: F401  # registers its settings
    except ImportError:  # reported later, with what to install
        return {"--tls-ca": None, "--tls-cert": None, "--tls-key": None}
    places = {"--tls-ca": "ca-file", "--tls-cert": "client.cert", "--tls-key": "client.key"}
    found = {name: dask.config.get(f"distributed.comm.tls.{place}", None) for name, place in places.items()}
    return {name: None if path is None else Path(path) for name, path in found.items()}


def _check(files: TlsFiles, origin: str) -> None:
    """Load the files now, so that errors are reported as such and not as an unreachable scheduler."""
    for name, path in (("--tls-ca", files.ca), ("--tls-cert", files.cert), ("--tls-key", files.key)):
        try:
            with path.open("rb"):
                pass
        except OSError as error:
            why = error.strerror or str(error)
            raise UsageError(f"{name} expects a PEM file but {path} cannot be read ({why}); check {origin}.") from None
    try:
        ssl.create_default_context(cafile=files.ca)
    except (ssl.SSLError, ValueError):
        raise UsageError(f"--tls-ca expects certificates in PEM but {files.ca} holds none; check {origin}.") from None
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(files.cert, files.key)
    except (ssl.SSLError, ValueError):
        raise UsageError(
            f"--tls-cert and --tls-key expect a certificate in PEM and its own key but {files.cert} and {files.key} do not"
            f" belong together or are none; check {origin}."
        ) from None


# The runner: clips are analysed on the workers of an existing Dask scheduler, and results come back as files.

#: Timeout of connecting to the scheduler, seconds.
CONNECT_S = 10.0
#: Queued tasks beyond those that the workers run.
AHEAD = 2
#: Interval of a clip's heartbeats, and of a worker's checks whether the batch was stopped, seconds.
SIGN_EVERY_S = 2.0


@dataclass(frozen=True)
class RemoteResult:
    """A worker's result: the finished folder as a zip, empty if the existing folder is still valid."""

    record: Record
    content: bytes


def _not_taken(address: str, error: Exception) -> UsageError:
    return UsageError(
        f"no Dask scheduler at {address} takes this certificate ({error}); start one with: dask scheduler"
        " --tls-ca-file CA --tls-cert CERT --tls-key KEY, all signed by the same authority."
    )


class ClusterRunner:
    """Runs jobs on a Dask cluster.

    Raises:
        UsageError: `distributed` is not installed, or no scheduler answers.
    """

    def __init__(
        self, jobs: list[ClipJob], out: Path, address: str, model: PoseModel, tls: TlsFiles | None = None
    ) -> None:
        try:
            import distributed
        except ImportError:
            raise UsageError("--cluster needs Dask; install it with: pip install 'formcheck[cluster]'.") from None
        if tls is None and address.partition("://")[0] in ("tcp", address):
            _expect_scheduler(address)
        try:
            security = None if tls is None else security_of(tls)
            self._client: Any = distributed.Client(address, timeout=CONNECT_S, set_as_default=False, security=security)
        except distributed.comm.core.FatalCommClosedError as error:
            # The scheduler's reason for refusing our certificate, if it arrives in time.
            if "UNKNOWN_CA" in str(error).upper():
                raise _not_taken(address, error) from None
            raise UsageError(
                f"the scheduler at {address} shows a certificate that --tls-ca has not signed; give the authority's file"
                " that the scheduler was started with."
            ) from None
        except (OSError, ValueError, TimeoutError) as error:
            if tls is not None:
                raise _not_taken(address, error) from None
            raise UsageError(
                f"no Dask scheduler answers at {address} ({error}); start one with: dask scheduler."
            ) from None
        self._as_completed = distributed.as_completed
        self._jobs, self._out, self._model = jobs, out, model
        self._run = secrets.token_hex(6)
        self._signs: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._client.subscribe_topic(self._topic, self._heard)
        self._stop_event: Any = distributed.Event(f"{self._topic}-stop", client=self._client)
        self._stopped = False
        if jobs and jobs[0].outputs.report:
            write_shared_library(out / SHARED_FOLDER)  # the workers' copies are gone with their folders

    @property
    def _topic(self) -> str:
        return f"formcheck-{self._run}"

    def events(self) -> Iterator[Event | None]:
        waiting = iter(self._jobs)
        running: dict[Any, ClipJob] = {}
        finished: queue.SimpleQueue[Any] = queue.SimpleQueue()

        def hand_out() -> None:
            while len(running) < self._slots() + AHEAD and (job := next(waiting, None)) is not None:
                future = self._submit(job)
                running[future] = job
                future.add_done_callback(finished.put)

        hand_out()
        while running:
            with suppress(queue.Empty):
                while True:
                    yield self._signs.get_nowait()
            try:
                future = finished.get(timeout=0.5)
            except queue.Empty:
                hand_out()  # a worker may have joined
                yield None
                continue
            job = running.pop(future)
            yield self._received(job, future)
            hand_out()

    def stop(self) -> None:
        if self._stopped:
            return
        self._stopped = True
        with suppress(Exception):  # the scheduler may be gone
            self._stop_event.set(timeout="1s")
        with suppress(Exception):
            self._client.close(timeout=2)

    def _slots(self) -> int:
        workers = self._client.scheduler_info(n_workers=-1)["workers"].values()
        return max(1, sum(int(worker["nthreads"]) for worker in workers))

    def _submit(self, job: ClipJob) -> Any:
        done = None if job.force else read_record(self._out / job.out_name)
        reusable = {} if job.force else self._reusable(job)
        return self._client.submit(
            analyse_remotely, job, done, reusable, self._model, __version__, self._topic,
            key=f"{self._topic}-{job.name}", pure=False, retries=1,
        )  # fmt: skip

    def _reusable(self, job: ClipJob) -> dict[str, bytes]:
        folder = self._out / job.out_name
        return {name: (folder / name).read_bytes() for name in REUSABLE if (folder / name).is_file()}

    def _received(self, job: ClipJob, future: Any) -> Finished:
        import distributed

        try:
            parcel: RemoteResult = future.result(timeout=60)
            folder = self._out / job.out_name
            with disk_full_is_an_error_of_its_own(folder):
                if parcel.content:
                    unpack(parcel, folder)
                else:
                    write_record(folder, parcel.record)
        except distributed.scheduler.KilledWorker:
            reason = "the cluster's workers died again and again on this clip; it is tried again on the next run."
            return Finished(job, None, OSError(reason))
        except Exception as error:
            if isinstance(error, UsageError) and str(error).startswith(_WRONG_WORKER):
                raise  # would hit every clip
            return Finished(job, None, error)
        finally:
            future.release()
        return Finished(job, parcel.record)

    def _heard(self, event: tuple[float, dict[str, Any]]) -> None:
        sign = event[1]["sign"]  # Dask adds entries of its own
        self._signs.put(Started(sign["name"]) if sign["what"] == "opening" else Progressed(**sign))


def unpack(parcel: RemoteResult, folder: Path) -> None:
    """Put a worker's result in place, atomically."""
    part = begin(folder, afresh=True)
    with zipfile.ZipFile(io.BytesIO(parcel.content)) as packed:
        packed.extractall(part)
    write_record(part, parcel.record)
    publish(folder)


_WRONG_WORKER = "the cluster's worker"
_pool: PosePool | None = None
_pool_lock = threading.Lock()


def analyse_remotely(
    job: ClipJob,
    done: Record | None,
    reusable: dict[str, bytes],
    model: PoseModel,
    version: str,
    topic: str,
) -> RemoteResult:
    """Analyse one clip on a worker of the cluster; see `RemoteResult`."""
    import distributed

    worker = distributed.get_worker()
    stop = distributed.Event(f"{topic}-stop")
    last = 0.0

    def progress(what: str, share: float, frames: float) -> None:
        nonlocal last
        if time.monotonic() - last < SIGN_EVERY_S and what != "opening":
            return
        last = time.monotonic()
        if stop.is_set():
            raise StoppedError("stopped.")
        worker.log_event(topic, {"sign": {"name": job.name, "what": what, "share": share, "frames": frames}})

    progress("opening", 0.0, 0.0)
    pool = _pool_for(worker.state.nthreads, model, version)
    with local_copy(job.location) as clip, tempfile.TemporaryDirectory(prefix="formcheck-") as temporary:
        sha256 = file_sha256(clip)
        if done is not None and (done.sha256, done.key, done.clip) == (sha256, job.key, job.name):
            return RemoteResult(replace(done, tag=job.tag), b"")
        part = Path(temporary) / job.out_name  # as deep as below --out, for links to the shared chart library
        part.mkdir(parents=True)
        for name, content in reusable.items():
            (part / name).write_bytes(content)
        record = fill(clip, sha256, job, part, pool, progress)
        return RemoteResult(record, _packed(part, record))


def _packed(folder: Path, record: Record) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as packed:  # contents are compressed already
        for name in record.files:
            packed.write(folder / name, name)
    return target.getvalue()


def _pool_for(threads: int, model: PoseModel, version: str) -> PosePool:
    """The worker's pose pool, with one process per thread."""
    global _pool
    with _pool_lock:
        if _pool is None or _pool.model.sha256 != model.sha256 or _pool.workers != threads:
            found = _model_on_worker(model, version)
            if _pool is not None:
                _pool.close()
            _pool = PosePool(found, threads)
        return _pool


def _model_on_worker(model: PoseModel, version: str) -> PoseModel:
    if version != __version__:
        raise UsageError(f"{_WRONG_WORKER} has formcheck {__version__}, expected {version}; install the same version there.")
    try:
        found = found_again(model)
    except UsageError as error:
        raise UsageError(f"{_WRONG_WORKER} cannot use the pose model: {error}") from None
    if found.sha256 != model.sha256:
        raise UsageError(f"{_WRONG_WORKER} has another pose model under the name {model.name}; install the same one there.")
    return found
