"""Which packets of a stream hold pictures that no other picture is decoded from: a decoder can leave those out."""

from __future__ import annotations

from typing import Any

#: Longest side of a packet's length field that the two formats know, bytes.
_LENGTHS = (1, 2, 4)
#: Kinds of H.264 units with a picture's data (ITU-T H.264, table 7-1); HEVC has all below 32 (H.265, table 7-1), of which
#: even ones below 16 are not referred to within their layer.
_H264_PICTURES = (1, 2, 5)
_HEVC_PICTURES, _HEVC_UNREFERRED = 32, 16


class Needless:
    """Tells of a stream's packets whether the decoder may leave them out (what FFmpeg's `skip_frame` NONREF leaves out).

    It knows H.264 and HEVC as MP4, MOV and Matroska store them: units with their length in front. Of every other stream,
    and of a packet that is not built like that (a damaged one), all pictures are needed.
    """

    def __init__(self, stream: Any) -> None:
        codec = stream.codec_context
        header = bytes(codec.extradata or b"")
        self._hevc = codec.name == "hevc"
        self._length = 0
        # The first byte is the version of an MP4 decoder configuration record; a stream with start codes has 0 there.
        if codec.name == "h264" and len(header) > 6 and header[0] == 1:
            self._length = (header[4] & 3) + 1
        elif self._hevc and len(header) > 22 and header[0] == 1:
            self._length = (header[21] & 3) + 1
        if self._length not in _LENGTHS:
            self._length = 0

    def __call__(self, packet: Any) -> bool:
        if not self._length:
            return False
        data = memoryview(packet)
        place, unreferred = 0, False
        while place + self._length < len(data):
            size = int.from_bytes(data[place : place + self._length], "big")
            place += self._length
            if size == 0 or place + size > len(data):
                return False
            kind = data[place] >> 1 & 0x3F if self._hevc else data[place] & 0x1F
            if kind < _HEVC_PICTURES if self._hevc else kind in _H264_PICTURES:
                needed = kind >= _HEVC_UNREFERRED or kind % 2 == 1 if self._hevc else data[place] >> 5 & 3 != 0
                if needed:
                    return False
                unreferred = True
            place += size
        return unreferred and place == len(data)
