"""May a form that somebody sends be acted on? It is a member's who has the right, and one that we gave to them."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from aiohttp import web

from bot.web.board.chrome import Chrome
from bot.web.board.readers import Reader, Readers
from bot.web.sessions import Sessions
from handlers.ports import StoreUnavailableError
from rules.rights import Right

Acting = Callable[[web.Request, Reader, Mapping[str, str]], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Forms:
    """Guards what people send from our pages."""

    readers: Readers
    chrome: Chrome
    sessions: Sessions

    def of(self, right: Right, act: Acting) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """What `act` does with the fields of a form, for those who have the right; several of a name stand with commas."""

        async def received(request: web.Request) -> web.StreamResponse:
            reader = self.readers.person(request)
            if reader is None:
                return self.chrome.stranger(request, path=request.path)
            if not reader.may(right):
                return self.chrome.forbidden(request, reader, right)
            form = await request.post()
            fields = {name: ",".join(map(str, form.getall(name))) for name in form}
            if not self.sessions.is_own_form(request, fields.get("token", "")):
                return self.chrome.foreign_form(request, reader)
            try:
                return await act(request, reader, fields)
            except StoreUnavailableError:
                return self.chrome.away(request, reader)

        return received
