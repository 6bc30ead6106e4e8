"""Pictures measured by their headers, against what an imaging library writes."""

from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from regua.domain.errors import InvalidInput
from regua.domain.image_headers import Measured, measure

SIZES = st.integers(1, 700)
KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "png": ("image/png", {"format": "PNG"}),
    "jpeg": ("image/jpeg", {"format": "JPEG"}),
    "progressive jpeg": ("image/jpeg", {"format": "JPEG", "progressive": True, "comment": b"oi"}),
    "webp": ("image/webp", {"format": "WEBP", "method": 0}),
    "lossless webp": ("image/webp", {"format": "WEBP", "method": 0, "lossless": True}),
    "webp with extras": (
        "image/webp",
        {"format": "WEBP", "method": 0, "exif": b"Exif\0\0oi"},
    ),
}
"""``method`` 0 is the quickest way to write a WebP, and changes no header."""


def drawn(width: int, height: int, mode: str = "RGB", **options: Any) -> bytes:  # noqa: ANN401 - any of the library
    out = BytesIO()
    Image.new(mode, (width, height), "teal").save(out, **options)
    return out.getvalue()


@pytest.mark.parametrize("kind", KINDS)
@given(width=SIZES, height=SIZES)
def test_a_picture_is_as_large_as_it_was_drawn(kind: str, width: int, height: int) -> None:
    media_type, options = KINDS[kind]
    assert measure(drawn(width, height, **options)) == Measured(media_type, width, height)


@pytest.mark.parametrize("mode", ["L", "P", "RGBA"])
def test_other_modes_are_measured_as_well(mode: str) -> None:
    assert measure(drawn(3, 5, mode, format="PNG")) == Measured("image/png", 3, 5)
    assert measure(drawn(3, 5, "RGBA", format="WEBP")) == Measured("image/webp", 3, 5)


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_a_picture_that_moves_is_refused(kind: str) -> None:
    frames = [Image.new("RGB", (20, 10), colour) for colour in ("red", "blue")]
    out = BytesIO()
    frames[0].save(out, format=kind, save_all=True, append_images=frames[1:])
    with pytest.raises(InvalidInput, match="moves"):
        measure(out.getvalue())


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GIF89a\x01\x00\x01\x00",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"%PDF-1.7",
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff",
        b"\xff\xd8\xff\xd9",
        b"RIFF\x00\x00\x00\x00WEBP",
        b"RIFF\x00\x00\x00\x00WAVEfmt ",
    ],
)
def test_what_is_no_picture_of_ours_is_refused(content: bytes) -> None:
    with pytest.raises(InvalidInput):
        measure(content)


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_cut_before_its_size_is_refused(kind: str) -> None:
    whole = drawn(60, 40, **KINDS[kind][1])
    for length in range(24):
        with pytest.raises(InvalidInput):
            measure(whole[:length])


@given(
    st.sampled_from([b"", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"\xff\xd8\xff", b"RIFF0000WEBPVP8X"]),
    st.binary(max_size=200),
)
def test_any_bytes_are_measured_or_refused(start: bytes, rest: bytes) -> None:
    try:
        found = measure(start + rest)
    except InvalidInput:
        return
    assert found.width > 0
    assert found.height > 0
