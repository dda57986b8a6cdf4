"""An invitation for one device: the address with its code, as text and as a picture that a phone's camera reads."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import datetime

import segno

from formcheck.serve.devices import Code, Devices
from formcheck.serve.network import lan_addresses
from formcheck.serve.settings import Settings


@dataclass(frozen=True)
class Invitation:
    """`url` lets one device in, once, until `expires_at` (seconds since 1970)."""

    url: str
    expires_at: float

    @property
    def expires_text(self) -> str:
        return datetime.fromtimestamp(self.expires_at).astimezone().isoformat(timespec="seconds")

    def svg(self) -> str:
        """The QR code as an SVG element without any script or style: black on white, which every camera reads."""
        stream = io.BytesIO()
        segno.make(self.url, error="m", micro=False).save(
            stream, kind="svg", border=4, light="white", xmldecl=False, svgclass=None, lineclass=None, omitsize=True,
            title="Code that lets one phone in",
        )  # fmt: skip
        return stream.getvalue().decode()

    def terminal(self) -> str:
        """The QR code in characters, for a dark or a light terminal alike."""
        stream = io.StringIO()
        segno.make(self.url, error="l", micro=False).terminal(stream, border=2, compact=True)
        return stream.getvalue()


def invitation(settings: Settings, devices: Devices, *, owner: bool = False) -> Invitation | None:
    """A new invitation for a phone in the network, or for the owner at this computer; None when too many wait already."""
    code = devices.new_code(owner=owner)
    return None if code is None else _of(code, settings, "127.0.0.1" if owner else phone_host(settings))


def phone_host(settings: Settings) -> str:
    """Under which address a phone comes."""
    addresses = lan_addresses() if settings.lan else []
    return addresses[0] if addresses else "127.0.0.1"


def _of(code: Code, settings: Settings, host: str) -> Invitation:
    return Invitation(f"{settings.scheme}://{host}:{settings.port}/join/{code.word}", code.expires_at)
