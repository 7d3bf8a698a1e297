"""Hand-off lists that people have worked on: saved by whatever spreadsheet, they take each message once and stop nothing."""

import csv

import pytest

from winback.delivery.channels.base import ChannelStopped, Message
from winback.delivery.channels.files import COLUMNS, AudienceChannel, HandoffChannel

WAVE = "general-2026w47"


def message(number, body="您好，请来看看"):
    key = f"{number:032x}"
    return Message(key, WAVE, f"客{number}", 1, "call", "wake", "li", None, None, body)


@pytest.fixture
def lists(tmp_path):
    return HandoffChannel(tmp_path / "woodhouse" / "handoff")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "woodhouse" / "handoff" / WAVE / "li.csv"


def rows_of(path, separator=","):
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.reader(stream, delimiter=separator))


def save_as(path, separator, encoding, change=lambda rows: rows, head=""):
    """What a spreadsheet does with a list."""
    rows = change(rows_of(path))
    with path.open("w", encoding=encoding, newline="") as stream:
        stream.write(head)
        csv.writer(stream, delimiter=separator).writerows(rows)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_list_saved_by_a_spreadsheet_takes_each_message_once(lists, path, separator, encoding):
    """Its country decides what stands between cells, and in which encoding it saves."""
    lists.send([message(1), message(2)])
    save_as(path, separator, encoding)
    said = lists.send([message(2), message(3)])
    assert [each.state for each in said] == ["sent", "sent"]
    rows = rows_of(path, separator)
    assert rows[0] == list(COLUMNS)
    assert [row[0] for row in rows[1:]] == [message(number).delivery_id for number in (1, 2, 3)]
    assert {row[6] for row in rows[1:]} == {"您好，请来看看"}


def test_what_people_wrote_beside_a_message_stays(lists, path):
    """A column of their own, rows in another order, a note."""
    lists.send([message(1), message(2)])

    def work(rows):
        return [["done", *rows[0]], ["yes", *rows[2]], ["", *rows[1]], ["call back"]]

    save_as(path, ";", "gb18030", work, head="sep=;\n")
    lists.send([message(1), message(3)])
    header, *rows = rows_of(path, ";")
    assert header == ["done", *COLUMNS]
    assert [row[:3] for row in rows] == [
        ["yes", message(2).delivery_id, "客2"],
        ["", message(1).delivery_id, "客1"],
        ["call back"],
        ["", message(3).delivery_id, "客3"],
    ]


def test_a_list_whose_header_was_deleted_gets_it_back(lists, path):
    lists.send([message(1)])
    save_as(path, ",", "utf-8", lambda rows: rows[1:])
    lists.send([message(1), message(2)])
    assert [row[0] for row in rows_of(path)] == [
        "delivery_id",
        message(1).delivery_id,
        message(2).delivery_id,
    ]


def test_a_list_that_is_no_text_stops_the_channel(lists, path):
    path.parent.mkdir(parents=True)
    path.write_bytes(b"PK\x03\x04" + bytes(range(128, 256)) * 4)
    with pytest.raises(ChannelStopped) as stopped:
        lists.send([message(1)])
    assert stopped.value.reason == "list_damaged"


def test_an_audience_saved_by_a_spreadsheet_has_each_name_once(tmp_path):
    names = {"客1": "小李的店", "客2": "=cmd", "客3": "wang"}
    audience = AudienceChannel(tmp_path / "woodhouse" / "audience", names.get)
    audience.send([message(1), message(2)])
    path = tmp_path / "woodhouse" / "audience" / WAVE / "wake.csv"
    save_as(path, ",", "gb18030")
    assert [each.state for each in audience.send([message(number) for number in range(1, 5)])] == [
        "sent",
        "sent",
        "sent",
        "failed",
    ]
    assert rows_of(path) == [["name"], ["小李的店"], ["'=cmd"], ["wang"]]


def test_lists_are_the_shops_wherever_its_folder_lies(tmp_path, lists):
    """Moved to another disk with its ledger, it is the same list; another shop's is not."""
    moved = HandoffChannel(tmp_path / "elsewhere" / "woodhouse" / "handoff")
    other = HandoffChannel(tmp_path / "stonehouse" / "handoff")
    audience = AudienceChannel(tmp_path / "woodhouse" / "audience", {}.get)
    assert lists.endpoint == moved.endpoint
    assert len({lists.endpoint, other.endpoint, audience.endpoint}) == 3
