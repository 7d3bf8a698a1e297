"""Playbooks as an operator writes them, and what is refused of them."""

from importlib.resources import files

import pytest

from winback.core.errors import PlaybookInvalid, PlaybookMissing, PlaybookUnreadable
from winback.playbooks.playbook_files import LIBRARY, load_playbook_file

OURS = sorted(path.stem for path in LIBRARY.glob("*.toml"))

SMALL = """
name = "mine"
title = { zh = "我的", en = "Mine" }
[offers.ten]
title = { zh = "{amount}券", en = "{amount} off" }
kind = "coupon"
value_minor = 1000
cost_minor = 1000
expires_hours = 48
eligibility = { zh = "每人一张", en = "One each" }
source = "A10"
[templates.hello]
source = "A10"
text = { zh = "{coupon}到{expiry}", en = "{coupon} until {expiry}" }
[[plays]]
name = "all"
title = { zh = "全部", en = "All" }
when = ["segment is silent_other"]
owner = { zh = "我", en = "me" }
source = ["A10"]
[[plays.steps]]
channels = ["wecom"]
offer = "ten"
templates = ["hello"]
"""


@pytest.fixture
def playbook(tmp_path):
    def write(text, name="mine"):
        (tmp_path / "playbooks").mkdir(exist_ok=True)
        (tmp_path / "playbooks" / f"{name}.toml").write_text(text, encoding="utf-8")
        return load_playbook_file(name, [tmp_path])

    return write


@pytest.mark.parametrize("name", OURS)
def test_our_own_playbooks_can_be_read(name):
    assert len(load_playbook_file(name, []).plays) >= 15


@pytest.mark.parametrize("name", OURS)
def test_an_installed_package_has_them_too(name):
    """A wheel carries no `shops/`: they are files of the package itself, not links out of it."""
    packaged = files("winback.playbooks") / "library" / f"{name}.toml"
    assert packaged.read_bytes() == (LIBRARY / f"{name}.toml").read_bytes()
    assert not (LIBRARY / f"{name}.toml").is_symlink()


def test_an_offer_without_an_eligibility_sentence_is_refused(playbook):
    """PIPL art. 24: who is shown a better price must be able to learn the rule."""
    for text in (SMALL.replace('eligibility = { zh = "每人一张", en = "One each" }\n', ""),
                 SMALL.replace('zh = "每人一张"', 'zh = "  "')):  # fmt: skip
        with pytest.raises(PlaybookInvalid) as refused:
            playbook(text)
        assert "offers.ten.eligibility" in refused.value.values["detail"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('offer = "ten"\n', 'offer = "tne"\n', "'tne', which is not among the offers"),
        ('templates = ["hello"]', 'templates = ["hallo"]', "'hallo', which is not there"),
        ("{coupon}到", "{cupon}到", "{cupon} is no variable"),
        ("{coupon}到", "{coupon到", "single {"),
        ('offer = "ten"\n', "", "makes no offer, but the template hello says {coupon}"),
        ("value_minor = 1000\n", "", "it says {amount}, but value_minor is not set"),
        ('channels = ["wecom"]', 'channels = ["wechat"]', "channels"),
        ("expires_hours = 48", "expires_hours = 0", "expires_hours = 0"),
        ('when = ["segment is silent_other"]', "when = []", "when"),
        (
            "cost_minor = 1000",
            "costs_minor = 1000",
            "offers.ten.costs_minor is not a setting; did you mean 'cost_minor'?",
        ),
        ('channels = ["wecom"]', 'channels = ["call"]', "a call needs a script"),
        ('source = ["A10"]\n', 'source = ["A10"]\nholdout_share = 0.9\n', "holdout_share = 0.9"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(playbook, old, new, said):
    assert old in SMALL
    with pytest.raises(PlaybookInvalid) as refused:
        playbook(SMALL.replace(old, new, 1))
    assert said in refused.value.values["detail"]
    assert refused.value.values["file"].endswith("mine.toml")


def test_a_file_that_is_no_toml_and_a_name_that_is_no_playbook_are_told_apart(playbook):
    with pytest.raises(PlaybookUnreadable):
        playbook("name = ")
    with pytest.raises(PlaybookMissing) as refused:
        load_playbook_file("genaral", [])
    assert "general" in refused.value.values["known"]


def test_a_playbook_extends_another_its_own_plays_first(playbook):
    mine = playbook('name = "mine"\ntitle = { zh = "我", en = "Mine" }\nextends = "general"\nwithout = ["cart"]\n'
                + SMALL[SMALL.index("[offers.ten]") :])  # fmt: skip
    general = load_playbook_file("general", [])
    names = [play.name for play in mine.plays]
    service = [play.name for play in general.plays if play.service]
    assert names == [
        *service,
        "all",
        *(play.name for play in general.plays if play.name not in ("cart", *service)),
    ]
    assert set(mine.offers) == {"ten", *general.offers}
    assert mine.currencies == general.currencies


def test_a_play_of_the_same_name_is_replaced():
    home = load_playbook_file("home", [])
    plays = [play for play in home.plays if play.name == "dormant_big_ticket"]
    assert len(plays) == 1
    assert plays[0].steps[0].templates[0] == "matching_room"


@pytest.mark.parametrize("name", OURS)
def test_service_plays_stand_before_every_offer(name):
    """Whoever waits for money or a parcel is called, whatever a trade has put on top (B72, B18)."""
    service = [play.service for play in load_playbook_file(name, []).plays]
    assert service[:3] == [True, True, True]
    assert service == sorted(service, reverse=True)


HEAD = 'name = "mine"\ntitle = { zh = "我", en = "Mine" }\nextends = "general"\n'


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('without = ["crat"]', "'crat', which is no play of general"),
        ("without = 5", "without = 5"),
        ('without = "cart"', "write a list"),
        ("plays = 3", "plays: write each"),
        ("[[plays]]", "with a name"),
        ("templates = 3", "templates = 3"),
        ("[caps_a_week]\nsms = -1", "caps_a_week.sms = -1"),
    ],
)
def test_a_playbook_that_cannot_be_put_together_is_refused_in_words(playbook, line, said):
    with pytest.raises(PlaybookInvalid) as refused:
        playbook(HEAD + line + "\n")
    assert said in refused.value.values["detail"]


def test_a_file_saved_by_a_windows_editor_is_read_and_another_encoding_is_named(playbook, tmp_path):
    playbook(SMALL)
    place = tmp_path / "playbooks" / "mine.toml"
    place.write_bytes(b"\xef\xbb\xbf" + SMALL.encode())
    assert load_playbook_file("mine", [tmp_path]).name == "mine"
    place.write_bytes(SMALL.encode("gbk"))
    with pytest.raises(PlaybookUnreadable) as refused:
        load_playbook_file("mine", [tmp_path])
    assert "save it as UTF-8" in refused.value.values["detail"]


@pytest.mark.parametrize(
    "inside", ["{amount.__class__}", "{amount:>9}", "{x", "{Amount}", "{shop}"]
)
def test_an_offer_says_its_amounts_and_nothing_else(playbook, inside):
    """Its title goes into messages: what a template may not do, it may not either."""
    with pytest.raises(PlaybookInvalid):
        playbook(SMALL.replace("{amount}券", f"{inside}券"))


def test_playbooks_that_extend_one_another_in_a_circle_are_refused(playbook):
    with pytest.raises(PlaybookInvalid) as refused:
        playbook('name = "mine"\ntitle = { zh = "我", en = "Mine" }\nextends = "mine"\n')
    assert "circle" in refused.value.values["detail"]
