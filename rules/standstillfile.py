"""What may the rule book file say of orders that stand still although their customers were reached?"""

from pydantic import BaseModel, Field, StrictInt

from rules.standstill import StandstillRules
from rules.strict import STRICT, Positive


class StandstillFile(BaseModel):
    """When the owner of a case is reminded that its order has not moved since the customer was reached."""

    model_config = STRICT

    after: Positive = StandstillRules().after
    urgent: Positive = StandstillRules().urgent
    times: StrictInt = Field(default=StandstillRules().times, ge=1, le=10)

    def rules(self) -> StandstillRules:
        return StandstillRules(after=self.after, urgent=self.urgent, times=self.times)
