"""How is an order's state kept? As JSON of the record; unknown fields of later versions are ignored."""

import msgspec

from rules.orders import Order

_decoder = msgspec.json.Decoder(Order)
_encoder = msgspec.json.Encoder()


def encode_order(order: Order) -> str:
    """The state as text."""
    return _encoder.encode(order).decode()


def decode_order(text: str) -> Order:
    """The state from text."""
    return _decoder.decode(text)
