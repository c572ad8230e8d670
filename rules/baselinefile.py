"""What may the rule book file say of how it was before? The merchant's own figures, to compare with."""

from typing import Annotated

from pydantic import BaseModel, Field, StrictInt

from rules.measures import Baseline
from rules.strict import STRICT, Positive

Percent = Annotated[StrictInt, Field(ge=0, le=100)]


class BaselineFile(BaseModel):
    """How long it took, and which share was in time, before; nothing is compared with what is left out."""

    model_config = STRICT

    detection_to_claim: Positive | None = None
    detection_to_contact: Positive | None = None
    detection_to_close: Positive | None = None
    handling: Positive | None = None
    within_ten: Percent | None = None
    within_fifteen: Percent | None = None
    before_complaint: Percent | None = None
    first_resolution: Percent | None = None

    def rules(self) -> Baseline:
        return Baseline(
            claim=self.detection_to_claim,
            contact=self.detection_to_contact,
            close=self.detection_to_close,
            handling=self.handling,
            within_ten=_share(self.within_ten),
            within_fifteen=_share(self.within_fifteen),
            before_complaint=_share(self.before_complaint),
            first_resolution=_share(self.first_resolution),
        )


def _share(percent: int | None) -> float | None:
    return None if percent is None else percent / 100
