"""The golden files: every card in every state as it goes to the app, replaces one there, and to the bot.

They are reviewed like code. After an intended change, write them anew and read the difference:

    python -m tests.bot.wecom.golden
"""

import json
from collections.abc import Mapping
from pathlib import Path

from bot.wecom.payloads import Payload, aibot_card, app_card, app_update, webhook_card
from replies.cards import Card, Face, News, Tap
from tests.replies.gallery import gallery

HOME = Path(__file__).parents[2] / "golden"
TASK_ID = "letter-1"


def key(tap: Tap) -> str:
    return f"key-of-{tap}"


def is_notice(face: Face) -> bool:
    """Whether a group's webhook can carry it."""
    return isinstance(face, News) or (isinstance(face, Card) and face.link is not None)


def payloads() -> Mapping[str, Payload]:
    """Every payload, by the name of its file."""
    faces = gallery()
    return {
        **{f"app/{name}": app_card(face, TASK_ID, key) for name, face in faces.items()},
        **{f"app-update/{name}": app_update(face, key) for name, face in faces.items()},
        **{f"aibot/{name}": aibot_card(face, TASK_ID, key) for name, face in faces.items()},
        **{f"webhook/{name}": webhook_card(face) for name, face in faces.items() if is_notice(face)},
    }


def text(payload: Payload) -> str:
    return json.dumps(payload, ensure_ascii=False, sort_keys=True, indent=2) + "\n"


def write() -> None:
    """Write all files anew, and remove those of cards that are gone."""
    for old in HOME.rglob("*.json"):
        old.unlink()
    for name, payload in payloads().items():
        path = HOME / f"{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text(payload), "utf-8")


if __name__ == "__main__":
    write()
