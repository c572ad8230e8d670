"""How does a long list come out page by page? `limit` and `cursor` in, `next_cursor` out."""

from collections.abc import Sequence

from bot.sandbox.endpoints import Answer, ok
from bot.sandbox.errcodes import Errcode
from bot.sandbox.fields import Node


def page(
    request: Node, name: str, rows: Sequence[object], *, most: int = 1000, default: int | None = None
) -> Answer:
    """One page of `rows` under `name`. Raises Refused; next_cursor is "" on the last page."""
    limit = request.choice("limit", range(1, most + 1), default=default or most)
    cursor = request.optional_text("cursor")
    if cursor and not (cursor.isascii() and cursor.isdigit() and int(cursor) <= len(rows)):
        request.refuse("cursor", Errcode.BAD_PARAMETER, "is not one of this list")
    start = int(cursor or 0)
    end = start + limit
    return ok(**{name: list(rows[start:end])}, next_cursor=str(end) if end < len(rows) else "")
