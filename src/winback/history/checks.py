"""What a history must never show, each a question of its own."""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from winback.history.ledger_rows import COUNTED, LedgerDelivery, LedgerHistory
from winback.history.matching import MatchedLine, Persons, match_lines
from winback.history.receiver_logs import HANDOFF, ReceivedMessage

ALL = "*"  # every channel, every offer
_EXAMPLES = 3
_RESTORED = "restored"  # taken for sent by a person's command, at no hour of the customer's


@dataclass(frozen=True)
class HistoryRules:
    """What was to hold. caps: channel (or ALL), days and most; consent: channels that need it;
    is_open: whether a customer may get a message through a channel at a moment; merged: accounts
    → those they were merged into; skew: how far a receiver's clock may be off."""

    caps: Sequence[tuple[str, int, int]] = ()
    consent: Collection[str] = ()
    is_open: Callable[[str, str, datetime], bool] = lambda _channel, _customer, _at: True
    merged: Mapping[str, str] = field(default_factory=dict)
    skew: timedelta = timedelta(minutes=2)


@dataclass(frozen=True)
class Finding:
    """Something that must not be: which rule (a key of the catalogue), where, how often, and some
    of those it is about."""

    rule: str
    subject: str
    count: int
    examples: tuple[str, ...]


@dataclass(frozen=True)
class HistoryResult:
    """What was found. lines: of receivers' logs; matched: those whose message is known; nameless:
    those that name neither message nor customer."""

    findings: Sequence[Finding]
    lines: int
    matched: int
    nameless: int


def check_history(
    history: LedgerHistory,
    received: Sequence[ReceivedMessage],
    rules: HistoryRules,
    complete: Collection[str] = (),
    since: datetime | None = None,
) -> HistoryResult:
    """Everything that does not fit. complete: channels all of whose messages stand in the logs,
    where they were claimed from a moment on."""
    matched, nameless = match_lines(history, received)
    persons = Persons(rules.merged)
    persons.learn_addresses(history.deliveries.values(), matched)
    gone = [each for each in history.deliveries.values() if each.may_have_gone]
    findings = [
        *_find_repeated(matched),
        *_find_persons_twice(gone, matched, persons),
        *_find_unplanned(history, matched),
        *_find_strangers(matched),
        *_find_unclaimed(matched, rules.skew),
        *_find_lost(history, matched, complete, since),
        *_find_opted_out(history, gone, rules.merged),
        *_find_without_consent(history, gone, rules.consent),
        *_find_disturbed(gone, rules.is_open),
        *_find_capped(gone, rules.caps, persons),
        *_find_wrong_sums(history),
    ]
    known = sum(each.delivery is not None for each in matched)
    return HistoryResult(findings, len(received), known, nameless)


def _build(rule: str, by_subject: Mapping[str, Sequence[str]]) -> Iterator[Finding]:
    for subject, examples in sorted(by_subject.items()):
        yield Finding(rule, subject, len(examples), tuple(sorted(examples)[:_EXAMPLES]))


def _group(pairs: Iterable[tuple[str, str]]) -> Mapping[str, Sequence[str]]:
    """Examples by their subject, each once."""
    groups = defaultdict[str, dict[str, None]](dict)
    for subject, example in pairs:
        groups[subject][example] = None
    return {subject: list(examples) for subject, examples in groups.items()}


def _find_repeated(matched: Sequence[MatchedLine]) -> Iterator[Finding]:
    """Nothing twice: a receiver that knows keys may be asked again, and no other one; and no
    message may reach two receivers."""
    lines = defaultdict[LedgerDelivery, list[ReceivedMessage]](list)
    for each in matched:
        if each.delivery is not None:
            lines[each.delivery].append(each.line)
    twice, two = list[tuple[str, str]](), list[tuple[str, str]]()
    for delivery, some in lines.items():
        count = Counter(each.source for each in some if _is_message(each, delivery))
        if any(number > 1 for number in count.values()):
            twice.append((delivery.channel, _show(delivery)))
        sources = sorted({each.source for each in some if each.is_first is not False})
        if len(sources) > 1:
            two.append((delivery.channel, f"{_show(delivery)} ({', '.join(sources)})"))
    yield from _build("received_twice", _group(twice))
    yield from _build("two_receivers", _group(two))


def _is_message(line: ReceivedMessage, delivery: LedgerDelivery) -> bool:
    """Whether a line is surely a message of its own, and not one asked again under its key."""
    if delivery.kind in ("one_shot", None) or line.source == HANDOFF:
        return True
    return line.is_first is True


def _find_persons_twice(
    gone: Sequence[LedgerDelivery], matched: Sequence[MatchedLine], persons: Persons
) -> Iterator[Finding]:
    """Two accounts of one person: the same step of one wave, through the same channel."""
    received = {each.delivery for each in matched if each.delivery is not None}
    accounts = defaultdict[tuple[str, int, str, str], set[str]](set)
    for each in {*gone, *received}:
        key = (each.wave_id, each.step, each.channel, persons.find(each.customer_id))
        accounts[key].add(each.customer_id)
    pairs = [
        (f"{wave_id} {channel}", " = ".join(sorted(same)))
        for (wave_id, _, channel, _), same in accounts.items()
        if len(same) > 1
    ]
    yield from _build("person_twice", _group(pairs))


def _find_unplanned(history: LedgerHistory, matched: Sequence[MatchedLine]) -> Iterator[Finding]:
    """Nothing to the holdout, to those left out, or to anybody no wave meant."""
    pairs = defaultdict[str, list[tuple[str, str]]](list)
    for each in matched:
        wave_id, customer = _get_customer(each)
        arm = history.find_arm(wave_id, customer) if customer is not None else None
        if arm in ("holdout", "excluded"):
            pairs[f"{arm}_received"].append((wave_id or each.line.source, str(customer)))
        elif each.delivery is None:
            pairs["unplanned"].append((each.line.source, each.line.shown))
    for rule, some in sorted(pairs.items()):
        yield from _build(rule, _group(some))


def _get_customer(each: MatchedLine) -> tuple[str | None, str | None]:
    if each.delivery is not None:
        return each.delivery.wave_id, each.delivery.customer_id
    return each.owner or (None, None)


def _find_strangers(matched: Sequence[MatchedLine]) -> Iterator[Finding]:
    """A message reached whom it was for."""
    pairs = [
        (each.line.source, f"{each.line.customer_id} ≠ {each.delivery.customer_id}")
        for each in matched
        if each.delivery is not None
        and each.line.customer_id not in (None, each.delivery.customer_id)
        and not each.delivery.customer_id.startswith("erased-")  # the log has the name they had
    ]
    yield from _build("other_customer", _group(pairs))


def _find_unclaimed(matched: Sequence[MatchedLine], skew: timedelta) -> Iterator[Finding]:
    """Whatever arrived was claimed before, and the ledger knows that it may have."""
    early, denied = list[tuple[str, str]](), list[tuple[str, str]]()
    for each in matched:
        delivery = each.delivery
        if delivery is None:
            continue
        if not delivery.may_have_gone:
            denied.append((delivery.channel, f"{_show(delivery)} {delivery.state}"))
        elif _is_early(each.line.at, delivery.first_claim, skew):
            early.append((delivery.channel, _show(delivery)))
    yield from _build("denied", _group(denied))
    yield from _build("before_claim", _group(early))


def _is_early(at: datetime | None, claimed_at: datetime | None, skew: timedelta) -> bool:
    return at is not None and (claimed_at is None or at + skew < claimed_at)


def _find_lost(
    history: LedgerHistory,
    matched: Sequence[MatchedLine],
    complete: Collection[str],
    since: datetime | None,
) -> Iterator[Finding]:
    """Whatever the ledger calls sent, its receiver has."""
    has = {each.delivery.delivery_id for each in matched if each.delivery is not None}
    pairs = [
        (each.channel, _show(each))
        for each in history.deliveries.values()
        if each.state in ("sent", "created")
        and each.channel in complete
        and each.delivery_id not in has
        and (since is None or (each.claimed_at is not None and each.claimed_at >= since))
    ]
    yield from _build("lost", _group(pairs))


def _find_opted_out(
    history: LedgerHistory, gone: Sequence[LedgerDelivery], merged: Mapping[str, str]
) -> Iterator[Finding]:
    """Nothing to whoever had said no before the claim, by whatever account."""
    accounts = defaultdict[str, set[str]](set)
    for account, into in merged.items():
        accounts[into].add(account)
    pairs = [
        (each.channel, _show(each))
        for each in gone
        for account in (each.customer_id, each.address, *accounts.get(each.customer_id, ()))
        if account is not None
        for channel, since, until in history.suppressed.get(account, ())
        if channel in (ALL, each.channel) and _was_claimed_within(each, since, until)
    ]
    yield from _build("opted_out", _group(pairs))


def _was_claimed_within(each: LedgerDelivery, since: datetime, until: datetime | None) -> bool:
    claimed_at = each.claimed_at
    if claimed_at is None or each.reason == _RESTORED:
        return False
    return since < claimed_at and (until is None or claimed_at < until)


def _find_without_consent(
    history: LedgerHistory, gone: Sequence[LedgerDelivery], needed: Collection[str]
) -> Iterator[Finding]:
    """Nothing through a channel that needs a yes to whoever had not said it by the claim."""
    pairs = [
        (each.channel, _show(each))
        for each in gone
        if each.channel in needed
        and each.reason != _RESTORED
        and not _had_agreed(history.consents.get((each.customer_id, each.channel), ()), each)
    ]
    yield from _build("no_consent", _group(pairs))


def _had_agreed(said: Sequence[tuple[datetime, bool]], each: LedgerDelivery) -> bool:
    if each.customer_id.startswith("erased-"):  # what they had said was erased with them
        return True
    if each.claimed_at is None:
        return False
    until = bisect_right([at for at, _ in said], each.claimed_at)
    return until > 0 and said[until - 1][1]


def _find_disturbed(
    gone: Sequence[LedgerDelivery], is_open: Callable[[str, str, datetime], bool]
) -> Iterator[Finding]:
    """Nothing in quiet hours or on a day without messages."""
    pairs = [
        (each.channel, f"{_show(each)} {each.claimed_at:%Y-%m-%d %H:%M} UTC")
        for each in gone
        if each.claimed_at is not None
        and each.reason != _RESTORED
        and not is_open(each.channel, each.customer_id, each.claimed_at)
    ]
    yield from _build("quiet_hours", _group(pairs))


def _find_capped(
    gone: Sequence[LedgerDelivery], caps: Sequence[tuple[str, int, int]], persons: Persons
) -> Iterator[Finding]:
    """In no window of a cap more messages to a person than it allows."""
    for channel, days, most in caps:
        moments = defaultdict[str, list[datetime]](list)
        for each in gone:
            counts = channel in (ALL, each.channel) and each.state in COUNTED
            if counts and each.claimed_at is not None and each.reason != _RESTORED:
                moments[persons.find(each.customer_id)].append(each.claimed_at)
        over = [
            (f"{channel} {most}/{days}", person)
            for person, some in moments.items()
            if _is_over(sorted(some), timedelta(days=days), most)
        ]
        yield from _build("cap_broken", _group(over))


def _is_over(moments: Sequence[datetime], window: timedelta, most: int) -> bool:
    if most == 0:
        return bool(moments)
    pairs = zip(moments, moments[most:], strict=False)
    return any(last - first < window for first, last in pairs)


def _find_wrong_sums(history: LedgerHistory) -> Iterator[Finding]:
    """Who was to get messages has them from the first step on, nobody else has any, and money
    spent is the money of what went out."""
    steps = defaultdict[tuple[str, str], set[int]](set)
    spent = Counter[tuple[str, str]]()
    for each in history.deliveries.values():
        steps[each.wave_id, each.customer_id].add(each.step)
        if each.may_have_gone:
            for name in filter(None, (ALL, each.offer)):
                spent[each.wave_id, name] += each.cost_minor
    treated = {key for key, arm in history.arms.items() if arm == "treatment"}
    lost = [key for key in treated if not _is_ladder(steps.get(key, set()))]
    others = [key for key in steps if key not in treated]
    yield from _build("treated_without_message", _group(lost))
    yield from _build("message_without_treatment", _group(others))
    yield from _build("arms_miscounted", _group(_compare_counts(history)))
    wrong = [
        (wave_id, f"{name}: {kept} ≠ {spent[wave_id, name]}")
        for wave_id, name, _, kept in history.budgets
        if kept != spent[wave_id, name]
    ]
    yield from _build("budget_miscounted", _group(wrong))


def _is_ladder(steps: Collection[int]) -> bool:
    return bool(steps) and set(steps) == set(range(1, len(steps) + 1))


def _compare_counts(history: LedgerHistory) -> Iterator[tuple[str, str]]:
    """Arms as a wave's plan counted them, where it did."""
    arms = Counter((wave_id, arm) for (wave_id, _), arm in history.arms.items())
    for wave_id, plan in history.plans.items():
        for arm in ("treatment", "holdout", "excluded"):
            planned = plan.get(arm)
            if plan.get("treatment") and planned != arms[wave_id, arm]:
                yield wave_id, f"{arm}: {planned} ≠ {arms[wave_id, arm]}"


def _show(delivery: LedgerDelivery) -> str:
    return f"{delivery.customer_id}/{delivery.step} {delivery.delivery_id}"
