"""What can a person do on our own pages? See a case, edit its draft, say why - as whoever the bot sent the link to."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import aiohttp_jinja2
import jinja2
from aiohttp import web

from bot.clock import Clock
from bot.secrets import Passes
from bot.storage.store import Store, Transaction
from bot.storage.views import CaseFilter, Views
from bot.web.sessions import Sessions
from handlers.desk import CaseSheet, Deed, Done, carry_out, sheet_of
from handlers.ports import StoreUnavailableError
from handlers.world import World
from replies import names, timewords
from rules.anomalies import AnomalyId, State
from rules.reasons import Reason
from rules.roster import Member
