"""Every line of the log is one JSON object, whoever writes it, so that no text can forge another."""

import json
import subprocess
import sys

SCRIPT = """
import logging, structlog
from bot.logs import set_up
set_up("json")
structlog.get_logger("ours").info("order.stored", order="DB1\\nforged")
try:
    raise ValueError("first\\nsecond")
except ValueError:
    logging.getLogger("aiohttp.server").exception("Error handling request")
"""


def test_libraries_log_in_the_same_form_as_we_do() -> None:
    ran = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)

    ours, theirs = map(json.loads, ran.stderr.splitlines())
    assert (ours["event"], ours["level"], ours["order"]) == ("order.stored", "info", "DB1\nforged")
    assert (theirs["event"], theirs["level"]) == ("Error handling request", "error")
    assert theirs["logger"] == "aiohttp.server"
    assert "ValueError: first" in theirs["exception"]
