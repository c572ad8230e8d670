"""What keeps an answer of ours from being misused in a browser? Headers, on every one of them."""

from aiohttp import web

SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
    " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


async def protect(request: web.Request, response: web.StreamResponse) -> None:
    """Every answer that a browser might show is fenced in; a page that needs more says so itself."""
    response.headers.popall("Server", None)  # which software it is, in which version, is nobody's business
    if "/static/" not in request.path:
        for name, value in SECURITY_HEADERS.items():
            response.headers.setdefault(name, value)
    else:
        response.headers["X-Content-Type-Options"] = "nosniff"
