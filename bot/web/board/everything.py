"""Which screens are there? All of them, once."""

from bot.storage.views import Views
from bot.web.board.anomalies import anomalies
from bot.web.board.board import AnyScreen
from bot.web.board.case import CaseFiles, the_case, the_timeline


def screens(views: Views, files: CaseFiles) -> tuple[AnyScreen, ...]:
    """Every screen, in the order of the navigation."""
    return (anomalies(views), the_case(files), the_timeline(files))
