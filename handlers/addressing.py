"""To whom is a letter addressed, and by which way?"""

from datetime import datetime

from handlers.outbox import Medium
from handlers.world import World
from rules.anomalies import Anomaly
from rules.contact import Channel, Route
from rules.roster import DEFAULT_GROUP


def address_by(medium: Medium, external_userid: str) -> str:
    """Whom a letter to a customer is addressed to that goes through an employee's hand."""
    return f"{medium}/{external_userid}"


def webhook_address(group: str) -> str:
    """Whom a letter into a group by its webhook is addressed to; the key is a secret, and in no row."""
    return f"{Medium.WEBHOOK}:{group}"


def group_addressed(address: str) -> str:
    """The name of the group in an address by webhook."""
    return address.removeprefix(f"{Medium.WEBHOOK}:")


def customer_address(open_kfid: str, external_userid: str) -> str:
    """Whom a letter to a customer of 微信客服 is addressed to."""
    return f"{open_kfid}/{external_userid}"


def place_of(world: World, group: str) -> tuple[Medium, str] | None:
    """How a group, or else the default one, can be written to: by the bot, else by its webhook."""
    surfaces, chats = world.surfaces, world.directory.roster.groups
    for name in (group, DEFAULT_GROUP):
        if surfaces.bot and chats.get(name):
            return Medium.GROUP, chats[name]
        if name in surfaces.webhooks:
            return Medium.WEBHOOK, webhook_address(name)
    return None


def readers_of(world: World, case: Anomaly, group: str, now: datetime) -> list[tuple[Medium, str]]:
    """Who gets the card of a case: the group; without a bot the agents on shift, and the group's webhook."""
    place = place_of(world, group)
    if place is not None and place[0] is Medium.GROUP:
        return [place]
    surfaces, agents = world.surfaces, world.team(case).agents(case.order.shop, now)
    members = [(surfaces.to_members, to) for to in surfaces.addressed(agents)]
    return members if place is None else [place, *members]


def address_of(route: Route) -> tuple[Medium, str, dict[str, str]]:
    """How a message travels, to whom, and what its letter has to carry for that."""
    if route.channel is Channel.KF and route.window is not None:
        open_kfid, customer = route.window.open_kfid, route.window.external_userid
        carried = {"open_kfid": open_kfid, "external_userid": customer}
        return Medium.KF, customer_address(open_kfid, customer), carried
    if route.channel is Channel.MASS and route.employee is not None:
        carried = {"external_userid": route.external_userid, "employee": route.employee}
        return Medium.MASS, address_by(Medium.MASS, route.external_userid), carried
    raise ValueError(f"the bot sends nothing by {route.channel}")
