"""Small files that tests send."""

from io import BytesIO
from typing import Any

from PIL import Image

PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\n%%EOF\n"


def picture(kind: str = "PNG", mode: str = "RGB", size: tuple[int, int] = (4, 3), **saved: Any) -> bytes:
    """A picture of one colour."""
    written = BytesIO()
    Image.new(mode, size, 1).save(written, kind, **saved)
    return written.getvalue()


def pdf(words: str = "") -> bytes:
    """A PDF that differs from others by its words."""
    return PDF.replace(b"<<>>", f"<</Title({words})>>".encode())
