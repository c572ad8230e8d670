"""What may a rule book file say of storms?"""

from datetime import timedelta
from typing import Annotated, Self

from pydantic import BaseModel, Field, StrictInt, ValidationInfo, field_validator, model_validator

from rules.storms import Cause, StormRules
from rules.strict import STRICT, Positive, fault, is_kept

LONGEST_WINDOW = timedelta(hours=1)
LONGEST_SPAN = timedelta(hours=24)


class StormFile(BaseModel):
    """When several anomalies become one incident; without a cause in `by` none do."""

    model_config = STRICT

    threshold: StrictInt = Field(default=3, ge=2)
    window: Positive = timedelta(minutes=5)
    span: Positive = timedelta(minutes=60)
    by: Annotated[list[Cause], Field(description="`[]`: each anomaly stays on its own")] = list(
        StormRules().by
    )

    @field_validator("by")
    @classmethod
    def _names_each_once(cls, by: list[Cause], info: ValidationInfo) -> list[Cause]:
        for number, cause in enumerate(by):
            if cause in by[:number] and not is_kept(info):
                raise fault("this cause is named already; name each once", number)
        return by

    @model_validator(mode="after")
    def _tells_storms_from_days(self, info: ValidationInfo) -> Self:
        """What has nothing in common but the day is no storm. What was stored before that was asked stays in force."""
        if is_kept(info):
            return self
        if self.window > LONGEST_WINDOW:
            raise fault("within so long a time nearly everything comes together; write 1h or less", "window")
        if self.span > LONGEST_SPAN:
            raise fault(
                "an incident that takes in cases for over a day never ends; write 24h or less", "span"
            )
        if self.window > self.span:
            raise fault(
                "`window` must not be longer than `span`, for which an incident takes in more", "window"
            )
        return self

    def rules(self) -> StormRules:
        """The same in the form that is used."""
        return StormRules(threshold=self.threshold, window=self.window, span=self.span, by=tuple(self.by))
