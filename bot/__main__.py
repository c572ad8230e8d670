"""`python -m bot` is `dingdan`."""

from bot.cli import main

if __name__ == "__main__":  # a process of a rehearsal reads this file as well, and is no command
    main()
