"""An open page hears of what changes, as long as its reader may, and is no burden to anybody."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.clock import ManualClock
from bot.secrets import SESSION_LIFE, Pass, Passes, Signer
from bot.web.board.chrome import Chrome
from bot.web.board.health import Cell, HealthQuery, HealthView, health_screen
from bot.web.board.live import AGAIN_AFTER_SECONDS, MOST_OF_ONE, MOST_STREAMS, PARTS, Live
from bot.web.board.readers import Readers
from bot.web.board.screens import Asked
from bot.web.pages import set_up_templates
from bot.web.sessions import COOKIE, Sessions
from bot.web.tokens import Tokens
