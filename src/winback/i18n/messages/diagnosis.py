"""The diagnosis and the owner's page."""

DIAGNOSIS: dict[str, tuple[str, str]] = {
    "diagnosis.title": (
        "{shop}: who is becoming dormant, and where to begin",
        "{shop}：谁在沉睡，从哪里开始",
    ),
    "diagnosis.owner_title": ("{shop}: the owner's page", "{shop}：老板版"),
    "diagnosis.when": (
        "As of {cutoff}. {customers} customers, {days} days of history. Model {model_version}.",
        "截至 {cutoff}。共 {customers} 位顾客，{days} 天历史。模型 {model_version}。",
    ),
    "diagnosis.silent": (
        "dormant: no order for more than {silence} days",
        "沉睡：超过{silence}天未下单",
    ),
    "diagnosis.silent.value": ("{customers} ({share})", "{customers}位（{share}）"),
    "diagnosis.reachable": ("of them reachable", "其中可触达"),
    "diagnosis.reachable.unknown": ("not known: add a contact list", "未知：请添加联系人名单"),
    "diagnosis.back": (
        "of all the dormant would return anyway within {outcome_days} days",
        "全部沉睡者中{outcome_days}天内不打扰也会回来",
    ),
    "diagnosis.back.value": ("about {returning}", "约{returning}位"),
    "diagnosis.headline": (
        "{silent} are dormant: {reachable} can be reached, and about {returning} of those would "
        "return anyway",
        "沉睡{silent}：可触达{reachable}；不打扰也回来约{returning}",
    ),
    "diagnosis.headline.unknown": (
        "{silent} are dormant; about {returning} of them would return anyway. How many can "
        "be reached is unknown: add a contact list to the shop file ([contacts]).",
        "沉睡{silent}位；不打扰也回来约{returning}位。可触达人数未知：请在店铺文件中添加联系人名单（[contacts]）。",
    ),
    "diagnosis.mine": (
        "at stake in the sleeping gold mine within {outcome_days} days",
        "沉睡金矿{outcome_days}天内面临损失",
    ),
    "diagnosis.mine.value": ("{value} ({low} to {high})", "{value}（{low} 至 {high}）"),
    "diagnosis.mine.spent": (
        "The dormant once spent {spend}, {share} of all. That is the past, not what a message "
        "would "
        "bring: what a message earns only a "
        "holdout tells.",
        "沉睡顾客共曾消费 {spend}，占全部 {share}。这是过去，不是发消息能带来的收入；发消息赚了多少只有对照组能回答。",
    ),
    "diagnosis.one_or_two": (
        "{customers} of the {silent} bought once or twice and then nothing.",
        "{silent}位中有{customers}位只买过1–2次便无声无息。",
    ),
    "diagnosis.no_money": (
        "The shop has no amounts, so nothing is said of money.",
        "本店没有金额数据，故不谈金额。",
    ),
    "diagnosis.map": ("Where they stand", "象限图"),
    "diagnosis.map.how": (
        "Each bubble is a group of customers: the further right the more they spent, the higher "
        "the oftener they bought, the "
        "larger the more of them. From {recent} (all bought within {silence} days) to {dormant} "
        "(none did): the mixed ones lie between.",
        "每个圆点是一群顾客：越靠右花费越多，越靠上购买越频繁，越大人数越多。颜色从{recent}（都在{silence}天内买过）到{dormant}（都没有），混合者居中。",
    ),
    "diagnosis.map.recent": ("teal", "青色"),
    "diagnosis.map.dormant": ("orange", "橙色"),
    "diagnosis.map.across": ("lifetime spend, {currency}", "累计消费，{currency}"),
    "diagnosis.map.up": ("purchase days", "购买天数"),
    "diagnosis.map.bubble": (
        "{customers} customers, {share} of them dormant",
        "{customers}位，{share}已沉睡",
    ),
    "diagnosis.map.set_apart": (
        "{customers} in the orange quadrants have a complaint open or their last order refunded: "
        "not counted as dormant.",
        "橙色象限中有{customers}位投诉未解决或最近一单已全额退款，不计入沉睡。",
    ),
    "diagnosis.start.how.no_money": ("Most customers to lose first.", "按可能流失人数从高到低。"),
    "diagnosis.scroll": ("← swipe →", "← 可左右滑动 →"),
    "diagnosis.quadrant": ("quadrant", "象限"),
    "diagnosis.customers": ("customers", "顾客数"),
    "diagnosis.share": ("share", "占比"),
    "diagnosis.spend": ("spent in all", "累计消费"),
    "diagnosis.spend_share": ("share of spend", "消费占比"),
    "diagnosis.action": ("what to do", "动作"),
    "action.loyal_regular": ("look after them", "核心维护"),
    "action.rising_vip": ("bring them on", "重点培养"),
    "action.wake_regular": ("warn: wake them", "预警唤醒"),
    "action.silent": ("recall: the sleeping gold mine", "召回：沉睡金矿"),
    "action.dormant_high_value": ("recall first: an advisor", "优先召回：专属顾问"),
    "action.dormant_big_ticket": ("recall: a recommendation", "召回：个性推荐"),
    "action.frequent_small": ("membership, larger baskets", "会员免运费，提客单"),
    "action.newcomer": ("the second order", "促成第二单"),
    "diagnosis.flows": ("Where they went within a year", "一年里的流动"),
    "diagnosis.flows.how": (
        "Left: where customers stood on {day}. Right: where they stand now. Thin ribbons are left "
        "out.",
        "左：{day} 所在象限；右：现在所在象限。过细的流动未画出。",
    ),
    "diagnosis.flows.none": (
        "With less than a year of history there is no year ago to compare with.",
        "历史不足一年，无从比较。",
    ),
    "diagnosis.flows.lost": (
        "Of {customers} who were active a year ago {dormant} ({share}) are dormant today.",
        "一年前活跃的{customers}位中，如今{dormant}位（{share}）已沉睡。",
    ),
    "quadrant.none": ("no customer yet", "当时还不是顾客"),
    "diagnosis.churn": (
        "How many are lost, beside what is claimed elsewhere",
        "流失率，与外部说法对照",
    ),
    "diagnosis.churn.year": (
        "Of {customers} customers who ordered in the year before last, {gone} ({share}) did not "
        "order in the last year.",
        "前一年下过单的{customers}位中，{gone}位（{share}）在最近一年没有下单。",
    ),
    "diagnosis.churn.no_year": (
        "Annual churn needs two years of history; this shop has {days} days.",
        "年流失率需要两年历史；本店只有{days}天。",
    ),
    "diagnosis.churn.claims": (
        "Grey: annual churn as a plan of 2026 states it, without definition or source. Claims to "
        "look at, not goals.",
        "灰色：2026年方案所引年流失率，无定义与来源。仅供对照，不是目标。",
    ),
    "diagnosis.ours": ("this shop", "本店"),
    "benchmark.global": ("global", "全球"),
    "benchmark.china": ("China", "中国"),
    "benchmark.cross_border": ("cross-border", "跨境"),
    "benchmark.domestic": ("domestic", "国内"),
    "benchmark.social": ("social commerce", "社交电商"),
    "benchmark.b2c": ("B2C", "B2C"),
    "benchmark.fresh": ("fresh food", "生鲜"),
    "benchmark.beauty": ("beauty", "美妆"),
    "benchmark.electronics": ("electronics", "3C家电"),
    "diagnosis.lifecycle": (
        "Stayed away for {outcome_days} days, by stage",
        "各阶段{outcome_days}天内未下单",
    ),
    "diagnosis.lifecycle.how": (
        "Where customers stood {outcome_days} days ago, and what then really happened.",
        "顾客在{outcome_days}天前所处阶段，以及之后真实发生的情况。",
    ),
    "diagnosis.cohorts": ("Customers by the quarter of their first order", "按首单季度看留存"),
    "diagnosis.cohorts.how": (
        "The share of each quarter's new customers who ordered again in the 1st, 2nd … quarter "
        "after it.",
        "每季度新客在之后第1、2……个季度再次下单的比例。",
    ),
    "diagnosis.cohort": ("first order", "首单"),
    "diagnosis.next": ("Who becomes dormant next, and when", "接下来谁会进入沉睡，什么时候"),
    "diagnosis.next.weeks": (
        "Customers expected to become dormant, week by week, if nothing is done; those "
        "expected to order before are not counted.",
        "逐周预计进入沉睡的顾客数（若不做任何事；已扣除预计会先下单的顾客）。",
    ),
    "diagnosis.next.peak": (
        "{day}: {customers} become dormant unless they order, about {expected} are expected to",
        "{day}：{customers}位若不下单即进入沉睡，预计其中{expected}位会进入沉睡",
    ),
    "diagnosis.next.peak.sale": (
        "{day}: {customers} buyers of {sale} become dormant unless they order, about "
        "{expected} are expected to",
        "{day}：{sale}的{customers}位买家若不下单即进入沉睡，预计其中{expected}位会进入沉睡",
    ),
    "diagnosis.next.none": ("Nobody is left to become dormant.", "没有即将沉睡的顾客。"),
    "diagnosis.next.who": ("The most valuable of the next four weeks", "未来四周最值得挽留的顾客"),
    "diagnosis.next.customer": ("customer", "顾客"),
    "diagnosis.next.dormant_on": ("dormant on", "沉睡日"),
    "diagnosis.next.chance": (
        "chance of no order in {outcome_days} days",
        "{outcome_days}天不下单的概率",
    ),
    "diagnosis.next.stake": ("at stake", "面临损失"),
    "diagnosis.start": ("The three segments to start with", "从这三群开始"),
    "diagnosis.start.how": (
        "Most at stake first. At stake: what those who place no order would have spent in "
        "{outcome_days} days, with 95 % intervals.",
        "按面临损失从高到低。面临损失：可能不再下单的顾客在{outcome_days}天内本会消费的金额，附95%区间。",
    ),
    "diagnosis.start.customers": (
        "{customers} customers, {reachable} reachable",
        "{customers}位，可触达{reachable}位",
    ),
    "diagnosis.start.customers.unknown": ("{customers} customers", "{customers}位"),
    "diagnosis.start.stake": (
        "{value} at stake ({low} to {high})",
        "面临损失 {value}（{low} 至 {high}）",
    ),
    "diagnosis.start.gone": (
        "about {gone} place no order for {outcome_days} days",
        "预计{gone}位{outcome_days}天内不下单",
    ),
    "diagnosis.start.play": ("Play: {play}", "方案：{play}"),
    "diagnosis.start.none": ("Nobody needs to be won back.", "目前没有需要召回的顾客。"),
    "diagnosis.caveats": ("What this does not say", "这份诊断没有说的"),
    "diagnosis.caveat.left_out": (
        "Orders of {day} are not counted: the day may not have been over.",
        "{day} 的订单未计入：导出时当天可能尚未结束。",
    ),
    "diagnosis.caveat.effect": (
        "How many a message would bring back. Figures from elsewhere have no control group; your "
        "own holdout will tell.",
        "发消息能带回多少人。外部数据没有对照组；请用您自己的对照组回答。",
    ),
    "diagnosis.caveat.seen": (
        "The model has seen orders up to {seen}, later than this day: look around, but do not "
        "judge it by this.",
        "模型学习过截至 {seen} 的订单，晚于本截止日：仅供查看，不能用来评判模型。",
    ),
    "diagnosis.caveat.input": (
        "The shop sends no data for: {segments}.",
        "本店缺少数据，以下分群为空：{segments}。",
    ),
    "diagnosis.names_hidden": ("No customer is named on this page.", "本页不含任何顾客编号。"),
    "diagnosis.files": (
        "Diagnosis  {diagnosis}\nOwner's page {owner}\nFigures    {figures}",
        "诊断报告 {diagnosis}\n老板版   {owner}\n数据     {figures}",
    ),
    "diagnosis.weeks_axis": ("week from", "周起始"),
}
