"""The references of `serve.py`: a bare FastAPI that gives back what it gets, its body checked by
pydantic."""

from datetime import date

from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()


class Row(BaseModel):
    """As the service reads it."""

    customer_id: str
    features: dict[str, float | None]


class Rows(BaseModel):
    """As the service reads it."""

    cutoff: date
    rows: list[Row]


class Ids(BaseModel):
    """As the service reads it."""

    customer_ids: list[str]


@app.post("/rows")
async def rows(body: Rows) -> Rows:
    """Give it back."""
    return body


@app.post("/ids")
async def ids(body: Ids) -> Ids:
    """Give it back."""
    return body
