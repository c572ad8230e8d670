"""Do the ways in which a callback fails to open take the same time? Medians of 2000 calls each, beside an honest one.

python -m bench.oracle
"""

import random
import secrets
import statistics
import sys
import time
from collections.abc import Callable
from contextlib import suppress

from bot.wecom.crypto import CallbackCrypto, NotAuthentic

CALLS = 2000
AES_KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
OURS = CallbackCrypto(token="t", aes_key=AES_KEY, receive_id="wwcorp")
TEXT = b"<xml>" + b"x" * 700 + b"</xml>"


def signed(encrypted: str) -> tuple[str, str, str, str]:
    return OURS.signature("1", "n", encrypted), "1", "n", encrypted


def failures() -> dict[str, Callable[[], tuple[str, str, str, str]]]:
    """One call of each kind, drawn anew each time."""
    stranger = CallbackCrypto(token="t", aes_key=AES_KEY, receive_id="wwother")
    good = OURS.encrypt(TEXT)
    return {
        "honest": lambda: signed(good),
        "a wrong signature": lambda: (secrets.token_hex(20), "1", "n", good),
        "bad padding": lambda: signed(good[:-44] + OURS.encrypt(secrets.token_bytes(64))[:44]),
        "junk": lambda: signed(OURS.encrypt(TEXT)[::-1].replace("=", "A")[: len(good) // 4 * 4]),
        "another receiver": lambda: signed(stranger.encrypt(TEXT)),
        "a cut block": lambda: signed(good[:-8]),
    }


def main() -> None:
    """Measure all kinds in turns, so that a slow moment falls on all of them."""
    kinds = failures()
    taken: dict[str, list[float]] = {name: [] for name in kinds}
    for _ in range(CALLS):
        for name in random.sample(list(kinds), len(kinds)):
            call = kinds[name]()
            began = time.perf_counter()
            with suppress(NotAuthentic):
                OURS.verify_and_decrypt(*call)
            taken[name].append(time.perf_counter() - began)
    for name, times in taken.items():
        sys.stdout.write(f"{name:20} median {statistics.median(times) * 1e6:7.1f} us\n")


if __name__ == "__main__":
    main()
