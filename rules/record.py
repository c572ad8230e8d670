"""What is a record here? A frozen value, quick to make and to write down."""

from msgspec import Struct


class Record(Struct, frozen=True, omit_defaults=True, gc=False):
    """The base of values that are made by the thousand a second.

    What is as by default is not written out. Frozen, they are in no circle, so the collector may pass them by.
    """
