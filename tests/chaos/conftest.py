"""Which numbers do the runs of this folder draw? Those of a seed that is printed, and can be given again."""

import random

import pytest


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """The seed of this run; `pytest tests/chaos --seed=N` runs it once more."""
    given: int | None = request.config.getoption("--seed")
    drawn = random.SystemRandom().randrange(10**9) if given is None else given
    print(f"pytest '{request.node.nodeid}' --seed={drawn}")  # noqa: T201 -- whoever sees it fail can see it again
    return drawn
