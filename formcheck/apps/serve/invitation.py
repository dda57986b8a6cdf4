"""Invitations for devices: this computer's addresses, its certificate, and codes as URL and QR code."""

from __future__ import annotations

import io
import ipaddress
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import segno
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from formcheck.apps.serve.devices import Code, Devices
from formcheck.apps.serve.guard import own_names
from formcheck.apps.serve.settings import Settings
from formcheck.errors import library
from formcheck.runtime.files import atomic_write

#: Prefixes of virtual interfaces.
_INNER = ("docker", "br-", "veth", "virbr", "vmnet", "vboxnet", "lo")


def lan_addresses() -> list[str]:
    """The IPv4 addresses of this computer in its networks, private ones first."""
    found = []
    for adapter in library("ifaddr", "formcheck serve").get_adapters():
        if str(adapter.nice_name).lower().startswith(_INNER):
            continue
        for address in adapter.ips:
            if isinstance(address.ip, str):  # IPv6 ones are tuples
                known = ipaddress.ip_address(address.ip)
                if not (known.is_loopback or known.is_link_local or known.is_unspecified):
                    found.append(known)
    return [str(known) for known in sorted(found, key=lambda known: (not known.is_private, int(known)))]


# The self-signed certificate for `--https`, kept in the data folder.

#: Browsers refuse certificates valid for longer than 398 days (CA/Browser Forum, ballot SC-31).
GOOD_FOR = timedelta(days=397)
#: A certificate with less time left than this is renewed at startup.
RENEWED_BEFORE = timedelta(days=30)


@dataclass(frozen=True)
class Certificate:
    """Files of a certificate and its key, and the fingerprint as browsers show it."""

    certificate: Path
    key: Path
    fingerprint: str


def certificate_in(folder: Path, name: str) -> Certificate:
    """The certificate in a folder, created or renewed if necessary."""
    paths = folder / "certificate.pem", folder / "certificate.key"
    known = _read(paths[0]) if paths[1].is_file() else None
    if known is None or known.not_valid_after_utc < datetime.now(UTC) + RENEWED_BEFORE:
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
    now = datetime.now(UTC)
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
        with atomic_write(path) as partial:
            os.chmod(partial, 0o600)
            partial.write_bytes(content)
    return made


# Invitations.

@dataclass(frozen=True)
class Invitation:
    """`url` admits one device, once, until `expires_at` (seconds since 1970)."""

    url: str
    expires_at: float

    @property
    def expires_text(self) -> str:
        return datetime.fromtimestamp(self.expires_at).astimezone().isoformat(timespec="seconds")

    def svg(self) -> str:
        """The QR code as an SVG element without script or style, black on white."""
        stream = io.BytesIO()
        segno.make(self.url, error="m", micro=False).save(
            stream, kind="svg", border=4, light="white", xmldecl=False, svgclass=None, lineclass=None, omitsize=True,
            title="Code that lets one phone in",
        )  # fmt: skip
        return stream.getvalue().decode()

    def terminal(self) -> str:
        """The QR code as text, for dark and light terminals."""
        stream = io.StringIO()
        segno.make(self.url, error="l", micro=False).terminal(stream, border=2, compact=True)
        return stream.getvalue()


def invitation(settings: Settings, devices: Devices, *, owner: bool = False) -> Invitation | None:
    """A new invitation for a phone, or for the owner at this computer; None if too many are unused."""
    code = devices.new_code(owner=owner)
    return None if code is None else _of(code, settings, "127.0.0.1" if owner else phone_host(settings))


def phone_host(settings: Settings) -> str:
    """The address for phones."""
    addresses = lan_addresses() if settings.lan else []
    return addresses[0] if addresses else "127.0.0.1"


def _of(code: Code, settings: Settings, host: str) -> Invitation:
    return Invitation(f"{settings.scheme}://{host}:{settings.port}/join/{code.word}", code.expires_at)
