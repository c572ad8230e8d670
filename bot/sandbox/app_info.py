"""What is this app, and from where does WeCom call it? agent/get, getcallbackip, get_api_domain_ip."""

from bot.sandbox.endpoints import Answer, Asked, Endpoint, Endpoints, ok
from bot.sandbox.errcodes import Errcode, Refused
from bot.sandbox.staff import ROOT
from bot.sandbox.world import World


class AppInfo:
    def __init__(self, world: World) -> None:
        self._world = world

    @property
    def endpoints(self) -> Endpoints:
        return {
            "agent/get": Endpoint(answer=self._agent, verb="GET"),
            "getcallbackip": Endpoint(answer=self._addresses, verb="GET"),
            "get_api_domain_ip": Endpoint(answer=self._addresses, verb="GET"),
        }

    def _agent(self, asked: Asked) -> Answer:
        """With the visible range: the whole corp, or the members that are named."""
        agent = asked.number("agentid", 0, Errcode.BAD_AGENT_ID)
        if not agent:
            raise Refused(Errcode.NO_AGENT_ID, "agentid missing")
        if agent != asked.agent_id:
            raise Refused(Errcode.NOT_THIS_APP, "the access_token belongs to another app")
        visible = self._world.config.visible
        hosts = sorted(self._world.config.trusted_hosts or ())
        return ok(
            agentid=agent,
            name=self._world.config.bot_name,
            square_logo_url="",
            description="",
            allow_userinfos={"user": [{"userid": one} for one in sorted(visible or ())]},
            allow_partys={"partyid": [ROOT] if visible is None else []},
            allow_tags={"tagid": []},
            close=0,
            redirect_domain=hosts[0] if hosts else "",
            report_location_flag=0,
            isreportenter=0,
            home_url="",
        )

    def _addresses(self, _asked: Asked) -> Answer:
        return ok(ip_list=["127.0.0.1"])
