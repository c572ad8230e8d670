"""What may a rule book file say of the sources that report?"""

from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field

from rules.durations import Duration
from rules.signs import Expect, FeedRule, FeedRules
from rules.strict import STRICT, fault

SHORTEST, LONGEST = timedelta(seconds=10), timedelta(days=1)


def _is_a_beat(duration: timedelta) -> timedelta:
    if not SHORTEST <= duration <= LONGEST:
        raise fault("a heartbeat comes every 10s to 1d; write how often the source sends it, such as 5m")
    return duration


def _is_a_grace(duration: timedelta) -> timedelta:
    if not SHORTEST <= duration <= LONGEST:
        raise fault("write for how long at most the backlog may come in, from 10s to 1d, such as 30m")
    return duration


class FeedFile(BaseModel):
    """`{heartbeat: 5m}`: what is said of the sources whose names begin alike."""

    model_config = STRICT

    heartbeat: Annotated[Duration, AfterValidator(_is_a_beat)] | None = None
    expect: Expect = Expect.LEARNED
    grace: Annotated[Duration, AfterValidator(_is_a_grace)] = timedelta(minutes=30)

    def rule(self) -> FeedRule:
        return FeedRule(heartbeat=self.heartbeat, expect=self.expect, grace=self.grace)


FeedFiles = dict[Annotated[str, Field(min_length=1, max_length=200)], FeedFile]
"""By what the names of the sources begin with."""


def feed_rules(files: FeedFiles) -> FeedRules:
    """The rules in the form that is used."""
    return FeedRules(by_prefix={prefix: file.rule() for prefix, file in files.items()})
