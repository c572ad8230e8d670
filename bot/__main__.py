"""`python -m bot` is `dingdan`."""

from bot.cli import main

main()
