"""A shop whose truth is known: customers, goods and seasons made by our own code, and what each message does to each of them.

`worlds` says how people take messages, and draws waves of them at once; `shop` lives a shop day by day; `writing` exports it as
a shop system would. Nothing here is tuned to any model: the worlds are fixed before one is looked at (docs/simulation.md).
"""

from winback.simulation.shop import SimulatedShop
from winback.simulation.worlds import WORLDS, Sample, World, sample
from winback.simulation.writing import SHOP_FILE, write_contacts, write_products, write_shop_file, write_week

__all__ = [
    "SHOP_FILE", "WORLDS", "Sample", "SimulatedShop", "World", "sample", "write_contacts", "write_products", "write_shop_file",
    "write_week",
]  # fmt: skip
