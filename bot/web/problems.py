"""How is a request refused? With RFC 9457 problem details, in one form everywhere."""

from collections.abc import Mapping

import msgspec
from aiohttp import web

PROBLEM = "application/problem+json"

_TITLES: Mapping[int, str] = {
    400: "The request is faulty",
    401: "Who are you?",
    403: "Not permitted",
    404: "Not found",
    409: "Ambiguous",
    413: "Too large",
    415: "Unsupported content type",
    429: "Too many requests",
    500: "Our fault",
    503: "Not available now",
}


def problem(
    status: int, detail: str, *, headers: Mapping[str, str] | None = None, **extra: object
) -> web.Response:
    """An error answer; `extra` members say what the client may want to act on."""
    body = {"type": "about:blank", "title": _TITLES[status], "status": status, "detail": detail, **extra}
    return web.Response(
        status=status, body=msgspec.json.encode(body), content_type=PROBLEM, headers=dict(headers or {})
    )
