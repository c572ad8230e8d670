"""What can any test ask for? The real servers, started once, and how many examples a property is tried on."""

from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.servers import postgres_server, redis_server

settings.register_profile("short", deadline=None)
settings.register_profile("long", parent=settings.get_profile("short"), max_examples=2_000)
settings.load_profile("short")  # `make test-long` takes the other one


def pytest_addoption(parser: pytest.Parser) -> None:
    """The seed of a run of tests/chaos that is to be seen once more."""
    parser.addoption("--seed", type=int, default=None, help="run tests/chaos with this seed again")


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a real PostgreSQL, with `{database}` for the database's name."""
    with postgres_server() as url:
        yield url


@pytest.fixture(scope="session")
def redis() -> Iterator[str]:
    """The URL of a real Redis."""
    with redis_server() as url:
        yield url
