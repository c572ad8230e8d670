"""Which screens are there? All of them, once."""

from bot.storage.views import Views
from bot.web.board.anomalies import anomalies
from bot.web.board.board import AnyScreen


def screens(views: Views) -> tuple[AnyScreen, ...]:
    """Every screen, in the order of the navigation."""
    return (anomalies(views),)
