"""The certificate that this computer makes for itself, for `--https`: kept in the data folder, told by its fingerprint."""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from formcheck.serve.guard import own_names
from formcheck.serve.network import lan_addresses
from formcheck.whole import written_whole

#: Browsers refuse certificates that are good for longer than 398 days (CA/Browser Forum, ballot SC-31).
GOOD_FOR = timedelta(days=397)
#: A certificate that has less time left than this is made anew at the start.
RENEWED_BEFORE = timedelta(days=30)


@dataclass(frozen=True)
class Certificate:
    """Files of a certificate and its key; the `fingerprint` is what a browser shows of it."""

    certificate: Path
    key: Path
    fingerprint: str


def certificate_in(folder: Path, name: str) -> Certificate:
    """The certificate in a folder, made where there is none that is good for some time yet."""
    paths = folder / "certificate.pem", folder / "certificate.key"
    known = _read(paths[0]) if paths[1].is_file() else None
    if known is None or known.not_valid_after_utc < datetime.now(timezone.utc) + RENEWED_BEFORE:
        known = _make(*paths, name)
    digits = known.fingerprint(hashes.SHA256()).hex().upper()
    return Certificate(*paths, ":".join(digits[i : i + 2] for i in range(0, len(digits), 2)))


def _read(path: Path) -> x509.Certificate | None:
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError):
        return None


def _make(certificate: Path, key: Path, name: str) -> x509.Certificate:
    secret = ec.generate_private_key(ec.SECP256R1())
    own = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"formcheck ({name})"[:64])])
    hosts: list[x509.GeneralName] = [x509.DNSName(host) for host in sorted({"localhost", *own_names()}) if host.isascii()]
    hosts += [x509.IPAddress(ipaddress.ip_address(address)) for address in ("127.0.0.1", *lan_addresses())]
    now = datetime.now(timezone.utc)
    made = (
        x509.CertificateBuilder()
        .subject_name(own)
        .issuer_name(own)
        .public_key(secret.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + GOOD_FOR)
        .add_extension(x509.SubjectAlternativeName(hosts), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(secret, hashes.SHA256())
    )
    private = secret.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    for path, content in ((key, private), (certificate, made.public_bytes(serialization.Encoding.PEM))):
        with written_whole(path) as partial:
            os.chmod(partial, 0o600)
            partial.write_bytes(content)
    return made
