"""What a simulated shop sells, and how its customers are called."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_FAMILIES = ("王", "李", "张", "刘", "陈", "杨", "黄", "赵", "吴", "周", "欧阳", "司马")
_GIVEN = ("伟", "娜", "秀英", "强", "磊", "静", "洋", "艳", "杰", "婷", "子涵", "雨桐", "浩然")
_ENGLISH = (
    "Anna",
    "Ben",
    "Chloe",
    "David",
    "Emma",
    "Finn",
    "Grace",
    "Henry",
    "Iris",
    "Jack",
    "Lily",
    "Noah",
    "O'Neil",
)
_THINGS = {
    "床品": ("四件套", "蚕丝被", "乳胶枕", "床笠", "毛毯"), "厨房": ("铸铁锅", "菜刀", "保温壶", "砧板", "餐具套装"),
    "收纳": ("收纳箱", "衣架", "抽屉柜", "真空袋", "鞋架"), "灯饰": ("台灯", "落地灯", "香薰灯", "吸顶灯", "灯串"),
    "浴室": ("浴巾", "地垫", "花洒", "牙刷架", "浴帘"),
}  # fmt: skip
_SERIES = ("云朵", "Nordic", "青竹", "Urban")


@dataclass(frozen=True)
class ProductCatalogue:
    """Products as columns, prices in minor units; popularity adds up to 1; on_clearance: cut in
    each quarter's last month."""

    sku: list[str]
    name: list[str]
    category: list[str]
    price_minor: NDArray[np.int64]
    cost_minor: NDArray[np.int64]
    popularity: NDArray[np.float64]
    on_clearance: NDArray[np.bool_]


def build_catalogue(rng: np.random.Generator) -> ProductCatalogue:
    """A catalogue: few bestsellers, a long tail, a fifth of it on clearance."""
    named = _name_products()
    count = len(named)
    price = np.round(np.exp(rng.normal(9.4, 0.7, count)) / 100) * 100 - 10
    popularity = 1.0 / (rng.permutation(count) + 2.0)
    return ProductCatalogue(
        [f"S{number:03}" for number in range(count)],
        [name for _, name in named],
        [category for category, _ in named],
        np.maximum(price, 490).astype(np.int64),
        np.maximum(price * rng.uniform(0.4, 0.6, count), 200).astype(np.int64),
        popularity / popularity.sum(),
        rng.random(count) < 0.2,
    )


def _name_products() -> list[tuple[str, str]]:
    """(category, name) of each."""
    return [
        (category, f"{series}{thing}")
        for category, things in _THINGS.items()
        for thing in things
        for series in _SERIES
    ]


def build_customer_names(count: int, rng: np.random.Generator) -> list[str]:
    """Ids as a small shop has them: a name and a number, Chinese or English."""
    names = []
    for number in range(count):
        if rng.random() < 0.7:
            name = _FAMILIES[rng.integers(len(_FAMILIES))] + _GIVEN[rng.integers(len(_GIVEN))]
        else:
            name = _ENGLISH[rng.integers(len(_ENGLISH))]
        names.append(f"{name}{number:05}")
    return names
