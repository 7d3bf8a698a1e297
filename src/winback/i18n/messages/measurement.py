"""Proof: what `measure`, `report` and `simulate` say of waves, tests and worlds."""

PROOF: dict[str, tuple[str, str]] = {
    # Refusals.
    "playbook_mismatch": (
        "The shop's playbook is {known}, not '{value}'. Name that one, or none.",
        "店铺的剧本是 {known}，不是“{value}”。请写该剧本，或不写。",
    ),
    "wave_not_sent": (
        "The wave {value} has not been sent, so there is nothing to measure. Approve it "
        "and run it first.",
        "批次 {value} 尚未发出，没有可衡量的内容。请先批准并运行。",
    ),
    "world_unknown": (
        "There is no world '{value}'. Choose one of {known}.",
        "没有名为“{value}”的模拟世界。可选 {known}。",
    ),
    "simulation_unknown": (
        "There is no simulated shop in {folder}. Create one with `winback simulate`.",
        "{folder} 中没有模拟店铺。请先用 winback simulate 在那里开始一个。",
    ),
    "simulation_name_invalid": (
        "A shop cannot be called '{value}': use lower-case letters, digits, - and _, as it "
        "becomes a folder name.",
        "店铺不能叫“{value}”：它会成为文件夹名，请只用小写字母、数字、- 和 _。",
    ),
    "simulation_exists": (
        "{folder} already holds another simulated shop (world {world}, seed {seed}, "
        "{customers} customers). Choose another folder.",
        "{folder} 中已有另一个模拟店铺（世界 {world}，种子 {seed}，{customers} 位顾客）。请换一个文件夹。",
    ),
    # The headline and what is said in its place.
    "measurement.title": (
        "{shop}, playbook {playbook}: what the waves earned, as of {as_of}",
        "{shop}，剧本 {playbook}：各批次的真实收益，截至 {as_of}",
    ),
    "measurement.no_waves": (
        "No wave has been sent yet. Plan one with `winback wave plan`, approve it and run it.",
        "还没有发出任何批次。请用 winback wave plan 计划，再批准并运行。",
    ),
    "measurement.headline": (
        "{gross} returned; about {because} won back by your messages ({low} to {high})",
        "回来{gross}；由消息带回约{because}（{low} 至 {high}）",
    ),
    "measurement.headline.no_control": (
        "{gross} returned; how many because of the messages is unknown, as there was no holdout",
        "回来{gross}；没有对照组，不知其中多少由消息带回",
    ),
    "measurement.not_matured": (
        "Not matured yet: {days} days until the first success window is over ({waiting} "
        "customers waiting). The result is unknown, not zero.",
        "尚未到期：距第一个观察期结束还有{days}天（{waiting}位顾客在观察中"
        "）。结果尚未知，并不是零。",
    ),
    "measurement.ratio_off": (
        "Not read: {held} households are in the holdout, {expected} were expected from the "
        "random draw (p = {p}). Some were lost; find out which with `winback audit`.",
        "未解读：对照组有{held}户，按抽签应为{expected}户（概率 {p}）。途中有人丢失，请用 winback audit 查明。",
    ),
    "measurement.arms_changed": (
        "Not read: the groups of {waves} are not those assigned. They were changed; see "
        "`winback audit`.",
        "未解读：{waves} 的分组与抽签时不同，有人改动过。请看 winback audit。",
    ),
    "measurement.ratio": (
        "Holdout: {held} households, {expected} expected from the random draw: as it should be.",
        "对照组：{held}户，抽签预期{expected}户，符合。",
    ),
    "measurement.sent_back": (
        "{count} of those who returned have sent everything back since their window was over; "
        "that changes no figure here.",
        "回来的人中有{count}位在观察期结束后退了全部商品；此处数字不变。",
    ),
    "measurement.reading.always": (
        "These intervals hold however often you look. A single wave is read once, by itself: about "
        "one of twenty misleads.",
        "这些区间随时查看都成立。单个批次只单独解读一次，二十个中约有一个会误导。",
    ),
    "measurement.entered_before": (
        "{count} customers are not compared: their household was in an earlier wave since "
        "the random draw, which has influenced them already.",
        "{count}位顾客不参与比较：其家庭在本次抽签后已进入过更早的批次，已受其影响。",
    ),
    "measurement.merged_across": (
        "{count} customers merged across groups are left out.",
        "{count}位顾客因跨组合并不参与比较。",
    ),
    "measurement.said.earned": (
        "It worked: more customers returned than would have.",
        "有效果：回来的人比不发多。",
    ),
    "measurement.said.harmful": (
        "It did harm: fewer customers returned than would have. Stop it.",
        "有害：回来的人比不发少。请停止。",
    ),
    "measurement.said.too_small": (
        "An effect of {points} points or more can be ruled out.",
        "效果不到{points}个百分点：再大的效果已可排除。",
    ),
    "measurement.said.cannot_tell": (
        "Not clear yet; about {weeks} more weeks like these are needed.",
        "还说不清；大约再需{weeks}周。",
    ),
    "measurement.said.cannot_tell.never": (
        "Not clear, and more weeks like these will hardly help.",
        "说不清，照这样再多几周也难以回答。",
    ),
    "measurement.shares": (
        "{share} of the treatment group returned, {held_share} of the holdout: a "
        "difference of {points} points ({low} to {high}){adjusted}.",
        "触达组回来{share}，对照组回来{held_share}：相差{points"
        "}个百分点（{low} 至 {high}）{adjusted}。",
    ),
    "measurement.adjusted": (", adjusted for what was known before", "，已按事前已知情况校正"),
    # Money.
    "measurement.money.not_matured": (
        "Money: not matured yet, {days} days to go. It is judged after {roi_days} days, so that "
        "orders pulled forward do not count twice.",
        "金额：尚未到期，还有{days}天。金额按{roi_days}天判断，以免把提前的订单算作新增。",
    ),
    "measurement.money.no_amounts": (
        "The shop has no amounts, so money is not measured.",
        "本店没有金额数据，故不谈金额。",
    ),
    "measurement.money.no_control": (
        "Money: there was no holdout, so what the messages earned is unknown.",
        "金额：没有对照组，无法说明哪些归功于消息。",
    ),
    "measurement.money.orders": (
        "Orders within {roi_days} days: {gross} by the treatment group, {because} "
        "incremental ({low} to {high}).",
        "{roi_days}天内订单：触达组{gross}单，增量{because}单（{low} 至 {high}）。",
    ),
    "measurement.money.priced": (
        "Extra buyers in {roi_days} days: {extra} ({low} to {high}). At {value} an order, the value "
        "set at planning: {because} ({because_low} to {because_high}). This assumes the message "
        "changes how many buy, not how much.",
        "{roi_days}天多出的买家：{extra}（{low} 至 {high}）。按计划时定下的每单 {value} 计：{because}（{because_low} 至 {because_high}）。此处假定消息只改变购买人数，不改变金额。",
    ),
    "measurement.money.not_priced": (
        "No order was known when the wave was planned, so extra buyers have no value.",
        "计划批次时还没有订单，多出的买家无法计价。",
    ),
    "measurement.money.margin": (
        "Margin of the extra buyers {because} ({low} to {high}); messages and offers cost at most {cost}.",
        "多出的买家带来毛利 {because}（{low} 至 {high}）；消息与优惠最多花费 {cost}。",
    ),
    "measurement.money.revenue": (
        "Measured net revenue after {roi_days} days, large orders capped: incremental {because} ({low} "
        "to {high}). Without the cap {uncapped}, of {gross} in all.",
        "实测{roi_days}天净销售额（大单封顶）：增量 {because}（{low} 至 {high}）。不封顶为 {uncapped}，毛额 {gross}。",
    ),
    "measurement.money.too_few": (
        "Measured net revenue after {roi_days} days: too few buyers to tell, as fewer than {least} were "
        "to be expected in the holdout. The treatment group's is {gross}.",
        "实测{roi_days}天净销售额：买家太少，无法判断（对照组预期不足{least}位）。触达组毛额 {gross}。",
    ),
    "measurement.money.no_margin": (
        "The margin is unknown: orders have no unit cost. Map unit_cost, or set "
        "margin_share under [measurement].",
        "不谈毛利：订单没有成本。请映射 unit_cost，或在 [measurement] 中设置 margin_share。",
    ),
    "measurement.money.roi": (
        "Each unit of cost brought {roi} of margin ({low} to {high}).",
        "每1份花费带来{roi}份毛利（{low} 至 {high}）。",
    ),
    "measurement.money.each": (
        "Each incremental customer cost {cost}.",
        "每位增量顾客花费 {cost}。",
    ),
    "measurement.line.continue": (
        "Continue: certainly above 1:{least}.",
        "继续：确定高于 1:{least}。",
    ),
    "measurement.line.stop": ("Stop: certainly below 1:{least}.", "停止：确定低于 1:{least}。"),
    "measurement.line.cannot_tell": (
        "Whether it reaches 1:{least} is not known yet.",
        "是否达到 1:{least} 还说不清。",
    ),
    "measurement.line.no_cost": ("It cost nothing.", "没有花费。"),
    "measurement.curve": (
        "Incremental week by week: {first} after {early} weeks, {last} after {late}. {fate}",
        "逐周增量：{early}周后 {first}，{late}周后 {last}。{fate}",
    ),
    "measurement.curve.pulled": ("Much of it was only pulled forward.", "其中不少只是提前购买。"),
    "measurement.curve.open": ("Whether it lasts is not known yet.", "能否持续还说不清。"),
    "measurement.curve.lasting": ("It lasts.", "效果持续。"),
    # Those who came back (gross).
    "measurement.recovered": (
        "Of the {customers} who returned: {repeat} ordered again within 30 days, "
        "{retained} within six months; they spend {spend} in {roi_days} days. Gross, as "
        "the source counts it.",
        "回来的{customers}位中：30天内复购{repeat}，6个月内留存{retained}；{roi_days}天人均消费 {spend}。此为毛值，与来源口径相同。",
    ),
    "measurement.unknown": ("not known yet", "尚未知"),
    "measurement.share_of": ("{share} (of {known})", "{share}（{known}位中）"),
    # Long-term value (A16).
    "measurement.long.forecast": (
        "Forecast for those whose {roi_days} days are not over: {amount} after the return, "
        "{because} of it incremental.",
        "预测（{roi_days}天未满者）：回来后消费 {amount}，其中增量 {because}。",
    ),
    "measurement.long.measured": (
        "Measured for the {count} of the treatment group whose {roi_days} days are over: "
        "{amount} incremental ({low} to {high}).",
        "实测（触达组中{roi_days}天已满的{count}位）：增量 {amount}（{low} 至 {high}）。",
    ),
    "measurement.long.too_few": (
        "Measured for the {count} of the treatment group whose {roi_days} days are over: "
        "{amount} incremental; too few buyers to tell how far off that is.",
        "实测（触达组中{roi_days}天已满的{count}位）：增量 {amount}；买家太少，无法判断误差。",
    ),
    "measurement.long.waiting": (
        "Nobody's {roi_days} days are over yet: only the forecast is known.",
        "还没有人满{roi_days}天：目前只有预测。",
    ),
    # Tests (B94).
    "test_unknown": (
        "There is no test '{value}' in the playbook; there are {known}.",
        "剧本中没有测试“{value}”；现有 {known}。",
    ),
    "variant_unknown": (
        "The test {test} has no variant '{value}'; there are {known}.",
        "测试 {test} 没有变体“{value}”；现有 {known}。",
    ),
    "measurement.test": (
        "Test {test} ({method}): {compared} of about {needed} customers have completed "
        "it{decided}.",
        "测试 {test}（{method}）：已完成 {compared} 位，约需 {needed} 位{decided}。",
    ),
    "measurement.test.always_valid": ("can be read every week", "可每周查看"),
    "measurement.test.fixed": ("read once, at its end", "到期一次性解读"),
    "measurement.test.weeks": ("About {weeks} more weeks like these.", "照此大约再需{weeks}周。"),
    "measurement.test.decided": ("; decided: {variant}", "；已决定：{variant}"),
    "measurement.test.variant": (
        "  {variant}: {customers} customers, {share} returned{against}",
        "  {variant}：{customers}位，回来{share}{against}",
    ),
    "measurement.test.against": (
        "; against the first {points} points ({low} to {high}), {said}",
        "；与第一个相比 {points}个百分点（{low} 至 {high}），{said}",
    ),
    "measurement.test.guard": (
        "  {variant}: certainly more {what} than the first",
        "  {variant}：{what}确定比第一个多",
    ),
    "measurement.test.wasted": (
        "  {variant}: of {used} coupons used about {wasted} by people who would have bought anyway",
        "  {variant}：已用{used}张券，约{wasted}张给了本来就会买的人",
    ),
    "measurement.guard.unsubscribed": ("unsubscriptions", "退订"),
    "measurement.guard.complained": ("complaints", "投诉"),
    "measurement.test.taken": (
        "From the next wave on everybody in {test} gets {variant}.",
        "从下一批次起，{test} 全部使用 {variant}。",
    ),
    # Uplift.
    "uplift.title": (
        "{shop}: whose return a message changes, learned from {waves} waves ({customers} "
        "customers, {held_out} of them in the holdout)",
        "{shop}：消息能打动谁，学自{waves}个批次（{customers}位顾客，其中对照组{held_out}位）",
    ),
    "uplift.s_learner": ("S-learner", "S-learner"),
    "uplift.dr_learner": ("DR-learner", "DR-learner"),
    "uplift.response": ("response model", "响应模型"),
    "uplift.tried": (
        "  {learner}: Qini {value} ({low} to {high}) on unseen customers of the older waves",
        "  {learner}：在较早批次的未见顾客上 Qini {value}（{low} 至 {high}）",
    ),
    "uplift.proof": (
        "{learner} on the newest waves: Qini {value} ({low} to {high})",
        "{learner} 在最近批次上：Qini {value}（{low} 至 {high}）",
    ),
    "uplift.caught": (
        "Contacting {budget} of the customers reaches {share} of the incremental returns "
        "({low} to {high}).",
        "触达{budget}的顾客可获得{share}的增量回流（{low} 至 {high}）。",
    ),
    "uplift.why.passed": (
        "Passed: it ranks the list from now on; a tenth is still chosen at random, so that "
        "it keeps learning.",
        "通过：今后由它为名单排序；仍有十分之一随机选取，以便继续学习。",
    ),
    "uplift.why.not_proved": (
        "Not proven: the list stays ranked by value at stake.",
        "未获证明：名单仍按面临损失的价值排序。",
    ),
    "uplift.why.too_few": (
        "Too few matured customers, holdout customers or waves yet: the list stays ranked "
        "by value at stake.",
        "到期的顾客、对照组或批次还太少：名单仍按面临损失的价值排序。",
    ),
    "uplift.why.no_waves": (
        "No wave has been sent yet, so there is nothing to learn from.",
        "还没有发出批次，无从学习。",
    ),
    # Columns.
    "measurement.column.wave": ("wave", "批次"),
    "measurement.column.name": ("of them", "其中"),
    "measurement.column.treated": ("treatment", "触达组"),
    "measurement.column.held_out": ("holdout", "对照组"),
    "measurement.column.gross": ("returned", "回来"),
    "measurement.column.because": ("incremental", "增量"),
    "measurement.column.interval": ("95 %", "95 %区间"),
    "measurement.column.said": ("result", "结论"),
    "measurement.column.p": ("p (Holm)", "p（Holm）"),
    "measurement.by_segment": ("By segment", "按分群"),
    "measurement.by_play": ("By play", "按方案"),
    "measurement.short.earned": ("earned", "有效果"),
    "measurement.short.harmful": ("harmful", "有害"),
    "measurement.short.too_small": ("too small to matter", "效果太小"),
    "measurement.short.cannot_tell": ("not clear yet", "还说不清"),
    "measurement.no_control": (
        "There is no holdout to compare with, so what the messages earned is unknown. Set "
        "a holdout_share.",
        "没有可比较的对照组，无法说明哪些归功于消息。请设置 holdout_share。",
    ),
    "measurement.short.no_control": ("no holdout", "没有对照组"),
    "measurement.short.not_matured": ("not matured yet", "尚未到期"),
    "measurement.short.ratio_off": ("holdout share is off", "分组比例异常"),
    "measurement.short.arms_changed": ("groups were changed", "分组被改动"),
    # Simulation.
    "simulate.begun": (
        "{folder}: a shop of {customers} customers in the world '{world}', with {days} "
        "days of history. Its shop file is {file}.",
        "{folder}：模拟店铺，{customers}位顾客，世界“{world}”，{days}天历史。店铺文件 {file}。",
    ),
    "simulate.train": (
        "It has no model yet: python training/train.py --shop {file}, then run this again.",
        "还没有模型：请先运行 python training/train.py --shop {file}，再运行本命令。",
    ),
    "simulate.lived": (
        "Simulated {weeks} weeks; it is Monday, {day}.",
        "已模拟{weeks}周；现在是周一 {day}。",
    ),
    "simulate.truth": (
        "The truth, which no real shop knows: of the {treated} compared {came_back} "
        "returned, {because} of them incremental.",
        "真相（真实店铺无从得知）：参与比较的{treated}位中回来{came_back}位，其中增量{because}位。",
    ),
    "simulate.progress": ("week {week} of {weeks}", "第{week}周，共{weeks}周"),
}
