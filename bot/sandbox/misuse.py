"""How does a control of the sandbox refuse? It names the field and the mend."""


class Misuse(Exception):  # noqa: N818 - it is the caller's, not an error of the sandbox
    """A control was used in a way that cannot work."""

    def __init__(self, field: str, mend: str) -> None:
        super().__init__(f"{field}: {mend}")
        self.field = field
        self.mend = mend
