"""Who may look at the machinery? This machine itself, or whoever has the token - and nobody through a proxy."""

from collections.abc import Mapping

import pytest

from tests.deployment import Deployment
from tests.scenarios.shop import READ, Shop, a_shop

PATHS = ("/metrics", "/openapi.json")
TOKEN = {"Authorization": f"Bearer {READ}"}


async def statuses(shop: Shop, headers: Mapping[str, str]) -> set[int]:
    found: set[int] = set()
    for path in PATHS:
        async with shop.http.get(f"{shop.address}{path}", headers=headers) as response:
            found.add(response.status)
    return found


async def test_this_machine_needs_no_token(shop: Shop) -> None:
    assert await statuses(shop, {}) == {200}


@pytest.mark.parametrize(
    "header", ["X-Forwarded-For", "X-Forwarded-Host", "Forwarded", "X-Real-IP", "Via", "x-forwarded-proto"]
)
async def test_what_a_proxy_passed_on_needs_the_token(shop: Shop, header: str) -> None:
    assert await statuses(shop, {header: "1"}) == {401}
    assert await statuses(shop, {header: "1", **TOKEN}) == {200}


async def test_a_service_with_a_public_address_asks_everybody_for_the_token(deployment: Deployment) -> None:
    """A proxy on this machine that says nothing of itself looks like this machine."""
    async with a_shop(deployment, DINGDAN_HTTP__PUBLIC_URL="https://dingdan.example.com") as shop:
        assert await statuses(shop, {}) == {401}
        assert await statuses(shop, TOKEN) == {200}


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000", "http://localhost:8000", "http://[::1]:8000"])
async def test_a_public_address_that_is_this_machine_has_no_proxy_before_it(
    deployment: Deployment, url: str
) -> None:
    async with a_shop(deployment, DINGDAN_HTTP__PUBLIC_URL=url) as shop:
        assert await statuses(shop, {}) == {200}
