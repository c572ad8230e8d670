"""Where is somebody sent who has to log in first, and where may a login lead?"""

import re
from dataclasses import dataclass
from urllib.parse import quote

OWN_PATH = re.compile(
    r"/(a/[A-Za-z0-9_-]{1,64}|wecom/sidebar|anomalies|orders(/[A-Za-z0-9_.%/-]{1,200})?|reasons|promises|unmatched|letters|audit)?",
    re.ASCII,
)
"""Where a login may lead: a page of the board, a case, the sidebar. Nothing else, be it ours."""


@dataclass(frozen=True, slots=True)
class Offer:
    """The login with WeCom, as pages offer it."""

    is_set_up: bool
    """Whether somebody can log in here."""

    def to(self, path: str) -> str:
        """The address of the login that leads to one of our pages; empty where nobody can log in."""
        return f"/login?next={quote(own_path(path))}" if self.is_set_up else ""


def own_path(path: str) -> str:
    """The path, if it is one that a login may lead to; the board otherwise."""
    return path if OWN_PATH.fullmatch(path) else "/"
