"""Which days were asked for? At most so many, and by default those until today."""

from datetime import date, timedelta

from bot.web.board.queries import Fault, FaultyQueryError
from rules.dates import A_DAY


def days_asked(
    since: date | None, until: date | None, today: date, usual: timedelta, most: int
) -> tuple[date, date]:
    """The first and the last day; by default `usual` until today.

    Raises FaultyQueryError where they are the wrong way round, or `most` days apart or more.
    """
    until = until or max(since or date.min, today)
    since = since or until - usual + A_DAY
    if until < since:
        raise FaultyQueryError(Fault(name="until", key="fault_before", values={"other": since.isoformat()}))
    if until - since >= timedelta(days=most):
        raise FaultyQueryError(Fault(name="since", key="fault_span", values={"most": most}))
    return since, until
