"""What does a curl command of a document send, and does an answer look like the one that is shown?"""

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from tests.docs.pages import Block

ELLIPSIS = "…"
"""Stands for what a document leaves out: any value, the other keys of an object, the rest of a list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One HTTP request; `body` None is a GET."""

    url: str
    headers: Mapping[str, str]
    body: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One HTTP answer with JSON in it."""

    status: int
    content_type: str
    body: Any


def call_of(block: Block, variables: Mapping[str, str]) -> Call:
    """The request that a block makes; options that are not known here are an error."""
    text = block.text.replace("\\\n", " ")
    for name, value in variables.items():
        text = text.replace(f"${name}", value)
    program, *words = shlex.split(text)
    assert program == "curl", block
    url, headers, body = "", dict[str, str](), None
    while words:
        match words.pop(0):
            case "-sS":
                pass
            case "-H":
                name, _, value = words.pop(0).partition(": ")
                headers[name] = value
            case "-d":
                body = words.pop(0)
            case word:
                assert not url, f"{block}: {word}"
                assert not word.startswith("-"), f"{block}: {word}"
                url = word
    return Call(url=url, headers=headers, body=body)


def answer_of(block: Block) -> Answer:
    """The answer that a block shows."""
    head, _, body = block.text.partition("\n\n")
    status, *headers = head.splitlines()
    (content_type,) = [line.removeprefix("Content-Type: ") for line in headers]
    return Answer(status=int(status.split()[1]), content_type=content_type, body=json.loads(body))


def differences(shown: Any, given: Any, at: str = "") -> list[str]:
    """Where what is shown is not what was given; empty when it is."""
    if shown == ELLIPSIS:
        return []
    if isinstance(shown, dict) and isinstance(given, dict):
        return _of_objects(cast(dict[str, Any], shown), cast(dict[str, Any], given), at)
    if isinstance(shown, list) and isinstance(given, list):
        return _of_lists(cast(list[Any], shown), cast(list[Any], given), at)
    return [] if shown == given else [f"{at}: shown {shown!r}, given {given!r}"]


def _of_objects(shown: dict[str, Any], given: dict[str, Any], at: str) -> list[str]:
    named = shown.keys() - {ELLIPSIS}
    wrong = [f"{at}.{key}: not given" for key in named - given.keys()]
    if ELLIPSIS not in shown:
        wrong += [f"{at}.{key}: not shown" for key in given.keys() - named]
    return wrong + [
        fault for key in named & given.keys() for fault in differences(shown[key], given[key], f"{at}.{key}")
    ]


def _of_lists(shown: list[Any], given: list[Any], at: str) -> list[str]:
    if shown[-1:] == [ELLIPSIS]:
        shown, given = shown[:-1], given[: len(shown) - 1]
    if len(shown) != len(given):
        return [f"{at}: {len(shown)} shown, {len(given)} given"]
    return [
        fault
        for number, pair in enumerate(zip(shown, given, strict=True))
        for fault in differences(*pair, f"{at}[{number}]")
    ]
