"""Where can a test make the process die? At a named point, as kill -9 would: no clean-up, no flush."""

import os

_armed: str | None = None

EXIT_CODE = 137


def arm(name: str | None) -> None:
    """Die when `name` is reached; None disarms."""
    global _armed  # noqa: PLW0603 -- one process, one way to die
    _armed = name


def reached(name: str, kind: str = "") -> None:
    """Pass by the point `name`, or die there. What is armed as `name:kind` lets other kinds pass."""
    if _armed is not None and _armed in {name, f"{name}:{kind}"}:
        os._exit(EXIT_CODE)
