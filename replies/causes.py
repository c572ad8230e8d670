"""What is it called that cases of an incident have in common?"""

from replies import names
from replies.masking import free
from rules.incidents import Incident


def cause_of(incident: Incident) -> str:
    """What the cases have in common, in words: `支付宝`, `圆通 · 浙江`."""
    return names.cause(incident.cause, free(incident.value))


def title_of(incident: Incident) -> str:
    """What stands still where: `支付验证 · 支付宝`."""
    return f"{names.STAGES[incident.stage]} · {cause_of(incident)}"
