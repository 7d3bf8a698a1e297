"""Plans of waves: what a wave and the campaign can show, and after how many weeks."""

WAVE_PLANS: dict[str, tuple[str, str]] = {
    "wave.detectable": (
        "{treated} in treatment and {held} in the holdout: a rise of {points} points or "
        "more over the {returning} who would return anyway within {days} days can be "
        "detected.",
        "触达组 {treated}、对照组 {held}：{days} 天内回流率比不打"
        "扰也会回来的 {returning} 高出 {points} 个百分点以上，才能"
        "测出。",
    ),
    "wave.detectable.nothing": (
        "With {treated} against {held} no effect can be detected within {days} days "
        "({returning} would have returned anyway); the campaign as a whole may show one.",
        "{treated} 对 {held} 太少，{days} 天内测不出效果（不打扰"
        "也会回来 {returning}）；整个活动累计后可能测得出。",
    ),
    "wave.detectable_to_date": (
        "Including this wave, the campaign ({treated} against {held} at their first entry), looked at "
        "every week, can detect {points} points.",
        "含本批次，活动累计首次进入者 {treated} 对 {held}，每周查看时能测出 {points} 个百分点。",
    ),
    "wave.detectable_to_date.nothing": (
        "Including this wave, the campaign ({treated} against {held} at their first entry), looked at "
        "every week, cannot detect an effect yet.",
        "含本批次，活动累计首次进入者 {treated} 对 {held}，每周查看时还测不出效果。",
    ),
    "wave.first_entries": (
        "Only the {count} of {drawn} who are in a wave for the first time are compared.",
        "{drawn} 位中只有首次进入批次的 {count} 位参与比较。",
    ),
    "wave.reach": (
        "Of the first messages so far that no longer wait {reach} went out; the others count as "
        "treated all the same.",
        "至今已不再等待的首条消息中 {reach} 已发出；未发出的仍计入触达组。",
    ),
    "wave.weeks_to_tell": (
        "With about {weekly} new entries a week, the campaign shows an effect of {points} points "
        "after {weeks} weeks of waves.",
        "按每周约 {weekly} 位新进入者，活动在 {weeks} 周后能测出 {points} 个百分点的效果。",
    ),
    "wave.weeks_to_tell.late": (
        "With about {weekly} new entries a week, the campaign does not show an effect of {points} "
        "points within a half-year, but after about {weeks} weeks of waves. What helps: a larger "
        "holdout, fewer plays, a longer success window, one strong offer.",
        "按每周约 {weekly} 位新进入者，活动半年内测不出 {points} 个百分点的效果，约需 {weeks} 周。可行的办法：扩大对照组、减少方案、延长观察期、集中一个强优惠。",
    ),
    "wave.weeks_to_tell.more": (
        "With about {weekly} new entries a week, the campaign does not show an effect of {points} "
        "points within a year; with a holdout of 30 % it does after about {weeks} weeks of waves. "
        "Fewer plays, a longer success window and one strong offer help, too.",
        "按每周约 {weekly} 位新进入者，活动一年内测不出 {points} 个百分点的效果；若对照组为 30 %，约 {weeks} 周后可测出。减少方案、延长观察期、集中一个强优惠也有帮助。",
    ),
    "wave.weeks_to_tell.never": (
        "With about {weekly} new entries a week, the campaign does not show an effect of {points} "
        "points within a year, nor with a holdout of 30 %. What helps: fewer plays, a longer "
        "success window, one strong offer.",
        "按每周约 {weekly} 位新进入者，活动一年内测不出 {points} 个百分点的效果，对照组为 30 % 也不行。可行的办法：减少方案、延长观察期、集中一个强优惠。",
    ),
    "wave.share": (
        "Proposed holdout for a half-year at this size: {share} (`waves.holdout_share`; "
        "fixed by the first wave of a half-year).",
        "按此规模，建议半年内对照组比例为 {share}（waves.holdout_share；由半年内首个批次固定）。",
    ),
}
