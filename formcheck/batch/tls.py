"""Certificates for a cluster: what of `--tls-ca`, `--tls-cert` and `--tls-key` was given, and what Dask makes of it."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from formcheck.errors import UsageError

#: How the address of a scheduler begins that talks to nobody without a certificate.
TLS = "tls://"


@dataclass(frozen=True)
class TlsFiles:
    """PEM files: the authority that signed everybody's certificate, and one's own certificate and key."""

    ca: Path
    cert: Path
    key: Path


def tls_files(cluster: str | None, ca: Path | None, cert: Path | None, key: Path | None) -> TlsFiles | None:
    """The certificates for this address, None for one without TLS.

    Without options those of Dask's own configuration are taken, where it names some.

    Raises:
        UsageError: the options do not fit each other or the address, or a file cannot be used.
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


def security_of(files: TlsFiles) -> Any:
    """Dask's `Security`: nothing is sent or taken in the clear."""
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
        import distributed  # noqa: F401  # its settings are known once it is imported
    except ImportError:  # said later, with what to install
        return {"--tls-ca": None, "--tls-cert": None, "--tls-key": None}
    places = {"--tls-ca": "ca-file", "--tls-cert": "client.cert", "--tls-key": "client.key"}
    found = {name: dask.config.get(f"distributed.comm.tls.{place}", None) for name, place in places.items()}
    return {name: None if path is None else Path(path) for name, path in found.items()}


def _check(files: TlsFiles, origin: str) -> None:
    """Load them as a connection would: what is wrong is said here, and not as a scheduler that does not answer."""
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
