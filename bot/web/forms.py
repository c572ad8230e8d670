"""What does a form say that was sent to us? Whoever sends what is none has sent no form of ours."""

from typing import Any

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from multidict import MultiDict, MultiDictProxy

Form = MultiDictProxy[Any]
_NOTHING: Form = MultiDictProxy(MultiDict())


async def form_of(request: web.Request) -> Form:
    """Its fields; none when it cannot be read, so that it has no token either."""
    try:
        return await request.post()
    except (ValueError, LookupError, HttpProcessingError):  # its letters, its charset, its parts
        return _NOTHING
