"""How long do people have to answer a task, in the rule book file? Every key has a default."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated

from pydantic import BaseModel, Field, StrictInt

from rules.strict import STRICT, Positive
from rules.tasks import TaskKind, TaskRules


class _Strict(BaseModel):
    model_config = STRICT


class WithinFile(_Strict):
    """`{within: 30m}`: so long there is to answer; asked once more then, and after as long again the duty manager is."""

    within: Positive

    def rules(self) -> TaskRules:
        return TaskRules(every=self.within)


class RepeatedFile(_Strict):
    """`{every: 1h, times: 3}`: asked so often, so far apart; after that the duty manager is."""

    every: Positive = timedelta(hours=1)
    times: Annotated[StrictInt, Field(ge=1, le=10)] = 3

    def rules(self) -> TaskRules:
        return TaskRules(every=self.every, times=self.times)


class TasksFile(_Strict):
    """What is asked of people, and how often."""

    recheck_stock: WithinFile = WithinFile(within=timedelta(minutes=30))
    remind_carrier: RepeatedFile = RepeatedFile()
    follow_warehouse: WithinFile = WithinFile(within=timedelta(minutes=30))
    follow_payment: WithinFile = WithinFile(within=timedelta(minutes=15))

    def rules(self) -> Mapping[TaskKind, TaskRules]:
        """The same in the form that is used."""
        return {
            TaskKind.RECHECK_STOCK: self.recheck_stock.rules(),
            TaskKind.REMIND_CARRIER: self.remind_carrier.rules(),
            TaskKind.FOLLOW_WAREHOUSE: self.follow_warehouse.rules(),
            TaskKind.FOLLOW_PAYMENT: self.follow_payment.rules(),
        }
