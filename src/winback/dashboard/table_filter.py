"""How a table of customers is narrowed, sorted and paged: as an address says it, and as the
engine is asked."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

PAGE_ROWS = 50
MOST_PAGES = 400  # who would leaf further narrows the search
LONGEST_TEXT = 256


@dataclass(frozen=True)
class TableColumns:
    """What a table can be narrowed by: a column's values, or what one looks like. sorts: the order
    each name asks for; the first is the usual one."""

    choices: Mapping[str, Sequence[str] | re.Pattern[str]]
    sorts: Mapping[str, str]


@dataclass(frozen=True)
class TableFilter:
    """What is looked for in a table; empty is anything."""

    columns: TableColumns
    q: str
    chosen: Mapping[str, str]
    sort: str
    page: int

    @classmethod
    def from_query(cls, columns: TableColumns, query: Mapping[str, str]) -> "TableFilter":
        """As an address asks; what cannot be is left out."""
        chosen = {}
        for name, known in columns.choices.items():
            value = query.get(name, "")
            fits = known.fullmatch(value) if isinstance(known, re.Pattern) else value in known
            if fits:
                chosen[name] = value
        sort, usual = query.get("sort", ""), next(iter(columns.sorts))
        return cls(
            columns,
            query.get("q", "").strip()[:LONGEST_TEXT],
            chosen,
            sort if sort in columns.sorts else usual,
            parse_page_number(query),
        )

    def __getitem__(self, name: str) -> str:
        """The value a column is narrowed to; empty where it is not."""
        return self.chosen.get(name, "")

    def without(self, name: str) -> "TableFilter":
        """The same, not narrowed by one column."""
        return replace(self, chosen={key: self.chosen[key] for key in self.chosen if key != name})

    @property
    def as_query(self) -> dict[str, object]:
        """As an address says it, without what is usual."""
        usual = {"q": "", "sort": next(iter(self.columns.sorts)), "page": 1}
        mine = {"q": self.q, **self.chosen, "sort": self.sort, "page": self.page}
        return {name: value for name, value in mine.items() if value != usual.get(name)}

    @property
    def order(self) -> str:
        """What the table is put in order by, as SQL of ours."""
        return self.columns.sorts[self.sort]

    @property
    def offset(self) -> int:
        """How many rows stand before the page asked for."""
        return (self.page - 1) * PAGE_ROWS


def parse_page_number(query: Mapping[str, str]) -> int:
    """Which page of many an address asks for."""
    number = query.get("page", "1")
    return min(max(int(number), 1), MOST_PAGES) if number.isdecimal() and len(number) <= 4 else 1
