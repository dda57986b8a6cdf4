"""The headers of every answer: that it is what it says it is, and that nobody else may hold it."""

from __future__ import annotations

#: Of what is no page: it may load and do nothing at all.
DATA_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"
#: Of a video or picture that is opened by itself: the browser makes a page around it.
MEDIA_POLICY = "default-src 'none'; media-src 'self'; img-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'"
ALWAYS = {
    "content-security-policy": DATA_POLICY,
    "x-content-type-options": "nosniff",
    # A page that was opened from another of ours shows the way back; outside nobody learns where it was.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-frame-options": "DENY",
    "permissions-policy": "microphone=(), geolocation=(), payment=(), usb=()",
    # What is somebody's is kept by no cache on the way; files that are everybody's say otherwise.
    "cache-control": "no-store",
}
