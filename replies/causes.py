"""What is it called that cases of an incident have in common?"""

from replies import names
from replies.masking import free
from rules.incidents import Incident
from rules.storms import Cause


def cause_of(incident: Incident) -> str:
    """What the cases have in common, in words: `支付宝`, `圆通 · 浙江`."""
    parts = incident.value.split("+") if incident.cause is Cause.CARRIER_AND_REGION else [incident.value]
    first, *rest = (free(part) for part in parts)
    if incident.cause is Cause.PAYMENT_CHANNEL:
        first = names.payment_channel(first)
    elif incident.cause in {Cause.CARRIER, Cause.CARRIER_AND_REGION}:
        first = names.carrier(first) or first
    return " · ".join(part for part in (first, *rest) if part)


def title_of(incident: Incident) -> str:
    """What stands still where: `支付验证 · 支付宝`."""
    return f"{names.STAGES[incident.stage]} · {cause_of(incident)}"
