"""Letting devices in: this computer's addresses, its certificate, codes as URL and QR code, and the routes."""

from __future__ import annotations

import io
import ipaddress
import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import segno
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from formcheck.apps.serve.devices import IDLE_DAYS, Code, Devices
from formcheck.apps.serve.guard import client_address, cookie_name, is_here, own_names
from formcheck.apps.serve.http import Rate, Refused, not_there
from formcheck.apps.serve.pages import LIVE, SHELL_POLICY, desk_of, device_of, owner_of
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


# Routes.

WRONG_CODE = (
    "This code was used already, is too old, or is from another computer. Each lets in one device within ten minutes; ask"
    " for a new one."
)
#: Devices in browsers' user agents, and our names for them.
_KINDS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Macintosh", "Mac"), ("Windows", "Windows computer"),
    ("CrOS", "Chromebook"), ("Linux", "Linux computer"),
)  # fmt: skip
#: Follows its own link once more: the cookie is for this site only, and a browser that comes by a link on another site does
#: not send it. A known device would look like a new one and lose its clips.
_ONCE_MORE = (
    '<!doctype html><html lang="en"><meta http-equiv="refresh" content="0;url={link}"><title>formcheck</title>'
    '<a href="{link}">Go on</a></html>'
)


class Joining:
    """The routes, with their rate limits."""

    def __init__(self) -> None:
        # 128 bits cannot be guessed; the limits bound the cost of attempts. The second is for all addresses.
        self._tries = Rate(burst=10, per_s=1 / 20)
        self._all_tries = Rate(burst=100, per_s=1.0)

    def routes(self) -> list[Route]:
        return [
            Route("/join/{code}", self.join, methods=["GET"]),
            Route("/api/code", self.new_code, methods=["POST"]),
            Route("/api/devices", self.devices, methods=["GET"]),
            Route("/api/devices/{id}", self.revoke, methods=["DELETE"]),
        ]

    async def join(self, request: Request) -> Response:
        if request.method == "HEAD" or {"prefetch", "prerender"} & set(
            re.split(r"[;, ]+", request.headers.get("sec-purpose", "") + " " + request.headers.get("purpose", ""))
        ):
            return Response(status_code=204)  # prefetching must not use the code
        code = request.path_params["code"]
        from_elsewhere = request.headers.get("sec-fetch-site") in ("cross-site", "same-site")
        if from_elsewhere and "again" not in request.query_params and re.fullmatch(r"[A-Za-z0-9_-]{1,64}", code):
            page = _ONCE_MORE.format(link=f"/join/{code}?again")
            return HTMLResponse(page, headers={"content-security-policy": SHELL_POLICY})
        desk, address = desk_of(request), client_address(request.scope)
        for rate, key in ((self._tries, address), (self._all_tries, "")):
            if not rate.allows(key):
                raise rate.refused("Too many codes were tried", key)
        session = await run_in_threadpool(
            desk.devices.join, code, kind_of(request.headers.get("user-agent", "")),
            here=is_here(address), known=request.scope["device"],
        )  # fmt: skip
        if session is None:
            raise Refused(403, WRONG_CODE)
        https = desk.settings.https
        response = RedirectResponse(LIVE if request.query_params.get("to") == "live" else "/", 303)
        response.set_cookie(
            cookie_name(https=https), session, max_age=int(IDLE_DAYS * 86_400), httponly=True, samesite="strict", secure=https
        )
        return response

    async def new_code(self, request: Request) -> Response:
        owner_of(request)
        desk = desk_of(request)
        if not desk.settings.lan:
            raise Refused(409, "This server listens on this computer only; start it with --lan to let phones in.")
        found = await run_in_threadpool(invitation, desk.settings, desk.devices)
        if found is None:
            raise Refused(429, "Too many codes are unused; use one of them, or wait ten minutes.", 60)
        return JSONResponse({"url": found.url, "qr": found.svg(), "expires_at": found.expires_text})

    async def devices(self, request: Request) -> Response:
        owner_of(request)
        desk = desk_of(request)
        counts = desk.clips.counts()
        return JSONResponse({
            "devices": [
                {
                    "id": device.id, "name": device.name, "owner": device.owner, "last_seen": device.seen_text,
                    "clips": counts.get(device.id, 0), "this": device.id == device_of(request).id,
                }
                for device in desk.devices.all() if desk.devices.can_come(device.id)
            ]
        })  # fmt: skip

    async def revoke(self, request: Request) -> Response:
        owner_of(request)
        desk, device = desk_of(request), request.path_params["id"]
        if not await run_in_threadpool(desk.devices.revoke, device):
            raise not_there()
        desk.hub.end_of(device)
        return Response(status_code=204)


def kind_of(agent: str) -> str:
    """Name of a device, from its user agent."""
    return next((name for sign, name in _KINDS if sign in agent), "device")
