"""What are pages made of? Our templates, which escape all they are given, and the files beside them."""

from pathlib import Path

import aiohttp_jinja2
import jinja2
from aiohttp import web

FOLDER = Path(__file__).parent


def set_up_pages(app: web.Application) -> None:
    """Templates, and what pages load from /static."""
    app.router.add_static("/static", FOLDER / "static")
    aiohttp_jinja2.setup(
        app,
        loader=jinja2.FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
