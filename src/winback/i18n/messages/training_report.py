"""The report of a training: what a shop owner reads before believing a score."""

REPORT: dict[str, tuple[str, str]] = {
    "report.title": ("{shop}: can the churn model be believed?", "{shop}：流失模型可信吗？"),
    "report.when": (
        "Tested on {test_cutoff}: {customers} customers who had bought in the {population_days} "
        "days before, of whom {churn} "
        "placed no order in the {outcome_days} days from then on. Model {version}.",
        "检验截止日 {test_cutoff}：此前{population_days}天内购买过的 {customers} 位顾客，其中 {churn} "
        "在之后{outcome_days}天内未再购买。模型 {version}。",
    ),
    # The verdict, in three sentences.
    "report.ranking.ahead": (
        "Ranking: of 100 pairs of one who came back and one who stayed away it puts {auc} in the "
        "right order; the best other way "
        "({other}) {other_auc}, and the lead is beyond chance.",
        "排序：100对“回来的”与“没回来的”顾客中，排对 {auc} 对；最好的其他方法（{other}）{other_auc} 对，领先超出偶然。",
    ),
    "report.ranking.level": (
        "Ranking: of 100 pairs of one who came back and one who stayed away it puts {auc} in the "
        "right order; the best other way "
        "({other}) {other_auc}: the difference may be chance.",
        "排序：100对“回来的”与“没回来的”顾客中，排对 {auc} 对；最好的其他方法（{other}）{other_auc} 对，差距可能只是偶然。",
    ),
    "report.ranking.behind": (
        "Ranking: of 100 pairs of one who came back and one who stayed away it puts {auc} in the "
        "right order; {other} does better "
        "({other_auc}), beyond chance. Trust that order more than this one.",
        "排序：100对“回来的”与“没回来的”顾客中，排对 {auc} 对；{other} 更好（{other_auc} 对），超出偶然。此店请更相信后者。",
    ),
    "report.honesty.claimed": (
        "Probabilities: they miss what happens by {ece} points on average, where chance alone "
        "would leave {floor}.",
        "概率：与实际平均相差 {ece} 个百分点，其中仅偶然就会有 {floor}。",
    ),
    "report.honesty.no_year_ago": (
        "Probabilities: too few customers a year before (of {days} days of history) to see the "
        "season, so none is claimed to be exact; on the "
        "test they missed by {ece} points (chance alone: {floor}).",
        "概率：一年前顾客太少（历史{days}天），看不出季节，因此不声称概率精确；检验中平均相差 {ece} 个百分点（仅偶然：{floor}）。",
    ),
    "report.honesty.short_history": (
        "Probabilities: with {days} days of history before the test the season cannot be seen, so "
        "none is claimed to be exact; on the test they "
        "missed by {ece} points (chance alone: {floor}).",
        "概率：检验前的历史仅{days}天，看不出季节，因此不声称概率精确；检验中平均相差 {ece} 个百分点（仅偶然：{floor}）。",
    ),
    "report.money": (
        "Money: it expected {expected} from these customers and {actual} came ({bias}); the tenth "
        "it thinks likeliest to come "
        "back did so {lift} times as often as customers at random.",
        "金额：预计这些顾客消费 {expected}，实际 {actual}（{bias}）；它认为最可能回来的一成顾客，实际回购是随机顾客的 {lift} 倍。",
    ),
    "report.no_money": (
        "Money: the shop sends no amounts, or too few; the tenth it thinks likeliest to come back "
        "did so {lift} times as often as "
        "customers at random.",
        "金额：本店没有金额数据或太少；它认为最可能回来的一成顾客，实际回购是随机顾客的 {lift} 倍。",
    ),
    "report.peers": ("Against every other way of ranking", "与其他方法比较"),
    "report.peers.how": (
        "Every line learned from the same past days and was asked about the same customers. The "
        "lead is in AUC, on the same "
        "resampled customers, with its 95 % interval.",
        "每一行都用同样的过去数据学习、对同样的顾客作答。领先为AUC之差，对同一批重抽样顾客计算，附95%区间。",
    ),
    "report.slices": ("Kind by kind of customer", "分人群"),
    "report.slices.how": (
        "All customers together flatter any model, because new and dormant ones are easy to tell "
        "apart. What counts on a Monday is "
        "the row of the customers you would write to. Of fewer than 50 no figure is given.",
        "把所有顾客放在一起，任何模型都显得更好，因为新客与沉睡客容易区分。周一要看的是您打算联系的那类顾客。不足50位的不给数字。",
    ),
    "report.slice": ("customers who are", "顾客类型"),
    "report.customers": ("customers", "顾客数"),
    "report.stayed_away": ("placed no order", "未回购"),
    "report.calibration": ("Does 70 % mean 70 %?", "说70%就是70%吗？"),
    "report.calibration.how": (
        "Each dot is one fifteenth of the customers: what was said, and what happened. In the grey "
        "band it is as good as honest "
        "probabilities could be.",
        "每个点是十五分之一的顾客：横轴为模型所说，纵轴为实际发生。落在灰带内，即与完全诚实的概率无异。",
    ),
    "report.gain": ("Whom it finds first", "先找到谁"),
    "report.gain.how": (
        "Go through the customers from the most to the least likely to return: how many of all "
        "returns have you seen? Lift at 10, 20 "
        "and 30 % of customers: {lifts}.",
        "从最可能回购的顾客看起：看过多少比例的顾客，就见到多少比例的回购？前10%、20%、30%的提升：{lifts}。",
    ),
    "report.accuracy": ("Accuracy, and the claim of +22 %", "准确率与“+22%”之说"),
    "report.accuracy.how": (
        "Right {own} of the time; always predicting the more common outcome is right "
        "{majority} of the time, "
        "so accuracy alone says little. "
        "“22 % more accurate than RFM” is {rule} here against the unfitted rule “score below 50 = "
        "lost” ({rule_accuracy}), and "
        "{logistic} against a fitted RFM logistic regression ({logistic_accuracy}). Believe the "
        "second.",
        "判断正确率 {own}；一律猜多数也有 {majority}，所以单看准确率没什么意义。“比RFM准确率高22%”：对未拟合的规则“得分低于50即流失”"
        "（{rule_accuracy}）此处为 {rule}；对拟合过的RFM逻辑回归（{logistic_accuracy}）为 {logistic}。请以后者为准。",
    ),
    "report.stability": ("Over the last cut-offs", "最近各截止日"),
    "report.stability.how": (
        "Each judged by a model that knew only the days before it.",
        "每个截止日都由只见过此前数据的模型作答。",
    ),
    "report.cutoff": ("cut-off", "截止日"),
    "report.chance_floor": ("by chance alone", "仅偶然"),
    "report.spend": ("What they will spend", "会消费多少"),
    "report.spend.how": (
        "Ordered by what was expected of them, tenth by tenth. {inside} of the customers ended up "
        "in the range that is to hold at least eight "
        "in ten. Order of customers by spend (normalised Gini, 1 is perfect) and error over "
        "tenths:",
        "按预计消费从低到高分为十组。{inside} 的顾客落在“至少八成”的区间内。按消费排序的好坏（归一化基尼，1为完美）与十组误差：",
    ),
    "report.spend.model": ("Winback", "Winback"),
    "report.spend.gamma_gamma": ("BG/NBD x Gamma-Gamma", "BG/NBD × Gamma-Gamma"),
    "report.spend.last_year": ("as in the last year", "与去年同速"),
    "report.spend.gini": ("order", "排序"),
    "report.spend.decile_error": ("error", "误差"),
    "report.spend.bias": ("in all", "总量偏差"),
    "report.unknown": ("What is not known yet", "尚不知道的"),
    "report.unknown.effect": (
        "What a message changes. A high risk is no promise that writing helps: that takes a "
        "holdout.",
        "联系会带来什么改变。风险高不等于联系有用：要靠对照组证明。",
    ),
    "report.unknown.no_year_ago": (
        "The season: too few customers at the cut-off a year before, of {days} days of history.",
        "季节：历史{days}天，但一年前的截止日顾客太少。",
    ),
    "report.unknown.short_history": (
        "The season: only {days} days of history before the test; fifteen months show it for the "
        "first time.",
        "季节：检验前的历史只有{days}天；满15个月才首次看得出。",
    ),
    "report.unknown.small": (
        "Much about so few customers: the small members carry the model, and every interval here "
        "is wide.",
        "顾客太少，许多还看不清：由小模型支撑，各项区间都宽。",
    ),
    "report.unknown.short": (
        "What {outcome_days} days bring: the history taught {learned_days} days, stretched by the "
        "analytic model.",
        "{outcome_days}天的结果：历史只够学习{learned_days}天，由解析模型外推。",
    ),
    "report.unknown.amounts": (
        "What anyone is worth: there are no amounts, or too few orders with them.",
        "顾客价值：没有金额数据，或有金额的订单太少。",
    ),
    "report.unknown.events": (
        "What people do before they buy: the shop sends no views, carts or messages.",
        "购买前的行为：本店没有浏览、加购或消息数据。",
    ),
    "report.unknown.missing": ("What {model} would say: {reason}.", "{model} 会怎么说：{reason}。"),
    "report.why.too_few_repeaters": ("too few customers bought twice", "买过两次的顾客太少"),
    "report.why.no_convergence": ("its fit did not converge", "未收敛"),
    "report.made": ("How it was made", "如何得来"),
    "report.made.how": (
        "Learned from {rows} rows at {cutoffs} cut-offs, {first} to {last}, from {features} "
        "features known before each. Members: "
        "{members}. Data {data}, seed {seed}.",
        "学习样本 {rows} 行，来自 {cutoffs} 个截止日（{first} 至 {last}），各用其前已知的 {features} 个特征。组成：{members}。数据 "
        "{data}，种子 {seed}。",
    ),
    "member.core": ("XGBoost on all cut-offs", "XGBoost（全部截止日）"),
    "member.recent": ("XGBoost on the newest three", "XGBoost（最近三个）"),
    "member.logistic": ("a logistic regression", "逻辑回归"),
    "member.pareto_nbd": ("analytic Pareto/NBD", "解析Pareto/NBD"),
    # On the charts.
    "plot.chance_alone": ("chance alone (95 %)", "仅偶然（95%）"),
    "plot.said": ("said: churn probability", "模型所说：流失概率"),
    "plot.happened": ("happened: share that churned", "实际：流失比例"),
    "plot.random": ("at random", "随机"),
    "plot.share_of_customers": (
        "share of customers, most likely to return first",
        "顾客比例（最可能回购者在前）",
    ),
    "plot.share_of_returns": ("share of all returns found", "找到的回购比例"),
    "plot.ahead": ("model's AUC ahead by", "模型AUC领先"),
    "plot.auc": ("AUC", "AUC"),
    "plot.expected": ("expected", "预计"),
    "plot.actual": ("actual", "实际"),
    "plot.tenths": ("customers by tenths, least expected first", "顾客十等分（预计最少者在前）"),
    "plot.spend": ("mean spend ({currency})", "人均消费（{currency}）"),
}
