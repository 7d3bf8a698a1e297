"""A word to a WeCom group through its robot: for the operators, never for customers (FACTS 10,
path 99398)."""

import httpx

from winback.delivery.channels.http import Line
from winback.delivery.channels.wecom.api import MOST_ANSWER_BYTES, ROOT

MOST_TEXT_BYTES = 2048


def tell_group(key: str, text: str, root: str = ROOT, seconds: float = 5.0) -> bool:
    """Post a text; whether it was taken. What does not get through is not tried again: it is a
    word, not a record."""
    said = text.encode()[:MOST_TEXT_BYTES].decode(errors="ignore")
    told = {"msgtype": "text", "text": {"content": said}}
    try:
        answer, came = Line(seconds).ask(
            "POST", f"{root}/webhook/send", MOST_ANSWER_BYTES, params={"key": key}, json=told
        )
    except httpx.HTTPError:
        return False
    return answer.is_success and b'"errcode":0' in (came or b"").replace(b" ", b"")
