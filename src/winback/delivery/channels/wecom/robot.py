"""A word to a WeCom group through its robot: for the operators, never for customers (WeCom's
documentation, path 99398)."""

import httpx

from winback.delivery.channels.http import HttpClient
from winback.delivery.channels.wecom.api import MOST_ANSWER_BYTES, ROOT

MOST_TEXT_BYTES = 2048


def post_to_group(key: str, text: str, root: str = ROOT, seconds: float = 5.0) -> bool:
    """Post a text; whether it was taken. What does not get through is not tried again: it is a
    word, not a record."""
    content = text.encode()[:MOST_TEXT_BYTES].decode(errors="ignore")
    body = {"msgtype": "text", "text": {"content": content}}
    try:
        answer, response = HttpClient(seconds).request(
            "POST", f"{root}/webhook/send", MOST_ANSWER_BYTES, params={"key": key}, json=body
        )
    except httpx.HTTPError:
        return False
    return answer.is_success and b'"errcode":0' in (response or b"").replace(b" ", b"")
