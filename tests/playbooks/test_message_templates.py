"""A message goes out whole or not at all."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from winback.playbooks.message_templates import (
    VARIABLES,
    Message,
    MessageBlocked,
    MessageRules,
    count_sms_segments,
    format_amount,
    list_variables,
    render_first_complete,
    render_message,
    split_template,
)

RULES = MessageRules("【木屋】", "拒收请回复R", 2, "退订：https://example.com/u")
KNOWN = {
    "shop": "木屋",
    "days": "120",
    "bestseller": "马克杯",
    "coupon": "100元券",
    "expiry": "12月3日",
}


def test_the_variables_of_a_template_are_filled_in():
    result = render_message("{shop}的{bestseller}升级了，{coupon}", None, KNOWN, "wecom", RULES)
    assert result == Message("木屋的马克杯升级了，100元券")


def test_a_variable_that_is_not_known_stops_the_message_and_is_named():
    """A hole in a message tells the customer that nobody wrote it."""
    assert render_message("{shop} {category}", None, KNOWN, "wecom", RULES) == MessageBlocked(
        "variable_missing", "category"
    )
    assert render_message("{shop}", None, {"shop": "  "}, "wecom", RULES) == MessageBlocked(
        "variable_missing", "shop"
    )


def test_an_sms_has_its_sign_and_its_way_out_and_counts_what_it_costs():
    """Providers and law ask for both; 70 Chinese characters are one SMS, more are several of 67."""
    result = render_message("{shop}", None, KNOWN, "sms", RULES)
    assert result == Message("【木屋】木屋 拒收请回复R", None, 1)
    assert count_sms_segments("字" * 70) == 1
    assert count_sms_segments("字" * 71) == 2
    assert count_sms_segments("字" * 135) == 3
    assert count_sms_segments("a" * 160) == 1
    assert count_sms_segments("a" * 161) == 2
    assert count_sms_segments("😀" * 35) == 1, "an emoji counts as two"
    assert count_sms_segments("😀" * 36) == 2


def test_an_sms_without_a_registered_sign_does_not_go():
    assert render_message(
        "{shop}", None, KNOWN, "sms", MessageRules(None, "R", 2, None)
    ) == MessageBlocked("sms_sign_missing")


def test_a_product_cannot_forge_a_sign():
    """Carriers read the sign by its brackets."""
    result = render_message("{bestseller}", None, {"bestseller": "【银行】验证码"}, "sms", RULES)
    assert result.text.count("【") == 1


def test_what_is_too_long_for_its_channel_is_stopped_with_its_size():
    assert render_message("字" * 200, None, {}, "sms", RULES).why == "too_long"
    assert render_message("字" * 1334, None, {}, "wecom", RULES) == MessageBlocked(
        "too_long", "4002 > 4000 bytes"
    )
    assert isinstance(render_message("字" * 1333, None, {}, "wecom", RULES), Message)


def test_an_email_has_a_subject_and_a_way_out():
    result = render_message("{shop}", "好久不见，\n{shop}", KNOWN, "email", RULES)
    assert result.text.endswith("\n\n退订：https://example.com/u")
    assert result.subject == "好久不见， 木屋", (
        "a line break in a subject would be a header of its own"
    )
    assert render_message("{shop}", None, KNOWN, "email", RULES) == MessageBlocked(
        "subject_missing"
    )
    assert render_message(
        "{shop}", "s", KNOWN, "email", MessageRules(None, "R", 1, None)
    ) == MessageBlocked("email_opt_out_missing")


def test_an_audience_gets_one_text_for_all():
    assert render_message("{days}", None, KNOWN, "audience", RULES) == MessageBlocked(
        "not_personal", "days"
    )
    assert render_message("{coupon}", None, KNOWN, "audience", RULES) == Message("100元券")


def test_a_value_is_never_read_as_a_template():
    """A product called `{owner}` must not open a api."""
    assert (
        render_message(
            "{bestseller}", None, {"bestseller": "{owner} {0.__class__}"}, "wecom", RULES
        ).text
        == "{owner} {0.__class__}"
    )


def test_names_from_the_data_are_one_short_line_without_control_characters():
    result = render_message(
        "{bestseller}", None, {"bestseller": "a\x1b[31m\r\nb\u202e" + "x" * 100}, "wecom", RULES
    ).text
    assert len(result) <= 40
    assert not set(result) & {"\x1b", "\r", "\n", "\u202e"}


@pytest.mark.parametrize(
    "text", ["{", "}", "{Shop}", "{shop.name}", "{shop!r}", "{0}", "{ shop }", "a {shop"]
)
def test_anything_else_in_braces_is_refused(text):
    """No attribute, index or format reaches into the program."""
    with pytest.raises(ValueError, match="single"):
        split_template(text)


def test_a_literal_brace_is_written_twice():
    assert render_message("{{{shop}}}", None, KNOWN, "wecom", RULES).text == "{木屋}"


@pytest.mark.parametrize(
    ("minor", "currency", "language", "shown"),
    [
        (10_000, "CNY", "zh", "100元"),
        (950, "USD", "en", "USD 9.50"),
        (10_000, "CNY", "en", "CNY 100"),
    ],
)
def test_amounts_are_shown_as_people_write_them(minor, currency, language, shown):
    assert format_amount(minor, currency, language) == shown


_PIECES = st.one_of(
    st.sampled_from([f"{{{name}}}" for name in VARIABLES]), st.sampled_from(["{{", "}}"]),
    st.text(st.characters(exclude_characters="{}", codec="utf-8"), max_size=20),
)  # fmt: skip


@given(
    st.lists(_PIECES, max_size=12).map("".join),
    st.dictionaries(st.sampled_from(list(VARIABLES)), st.text(max_size=60)),
    st.sampled_from(["wecom", "sms", "email", "call", "audience"]),
    st.one_of(st.none(), st.just("about {shop}")),
)
def test_no_template_and_no_value_leaves_a_hole_or_breaks(text, values, channel, subject):
    """Whatever the operator writes and the data hold: a whole message, or a reason."""
    result = render_message(text, subject, values, channel, RULES)
    if isinstance(result, MessageBlocked):
        assert result.why
        return
    for name in list_variables(text):
        assert values[name].strip()
    if channel == "sms":
        assert 1 <= result.segments <= RULES.sms_segments
        assert result.text.startswith("【木屋】")
        assert result.text.endswith(RULES.sms_opt_out)


def test_every_variable_has_a_name_a_template_can_say():
    assert set("".join(VARIABLES)) <= set(string.ascii_lowercase + "_")


def test_a_subject_names_a_product_only_where_it_is_shown():
    """What is sold out keeps back the messages that speak of it, and no others."""
    templates = [("{shop}", "{bestseller}")]
    named = {
        channel: render_first_complete(templates, KNOWN, channel, RULES).variables
        for channel in ("email", "sms")
    }
    assert named == {"email": ("shop", "bestseller"), "sms": ("shop",)}
