"""What is a record here? A frozen value, quick to make and to write down."""

from msgspec import Struct


class Record(Struct, frozen=True, omit_defaults=True):
    """The base of values that are made by the thousand a second; what is as by default is not written out."""
