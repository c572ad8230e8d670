"""What are pages made of? Our templates, which escape all they are given, and the files beside them."""

from pathlib import Path

import aiohttp_jinja2
import jinja2
from aiohttp import web
from jinja2.bccache import Bucket

FOLDER = Path(__file__).parent


class Compiled(jinja2.BytecodeCache):
    """Compiles each template once for all services of a process: that takes longer than to fill it in."""

    def __init__(self) -> None:
        self._code: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give a template its code, if there is any for its present text."""
        if bucket.key in self._code:
            bucket.bytecode_from_string(self._code[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep the code of a template."""
        self._code[bucket.key] = bucket.bytecode_to_string()


COMPILED = Compiled()


def set_up_pages(app: web.Application) -> None:
    """Templates, and what pages load from /static."""
    app.router.add_static("/static", FOLDER / "static")
    aiohttp_jinja2.setup(
        app,
        loader=jinja2.FileSystemLoader(FOLDER / "templates"),
        bytecode_cache=COMPILED,
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
