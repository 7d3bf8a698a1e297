"""Refusals of training and of models: what was refused, the value seen, where, and what to do."""

MODEL_REFUSALS: dict[str, tuple[str, str]] = {
    "history_too_short": (
        "Shop {shop} has {days} days of orders, {first_order} to {last_order}; with "
        "outcome_days = {outcome_days}, a test and one earlier cut-off need {needed}. "
        "{choice}",
        "店铺 {shop} 只有 {days} 天的订单（{first_order} 至 {last_order}）；outcome_days = {outcome_days} 时，"
        "一次检验加一个更早的截止日需要 {needed} 天。{choice}",
    ),
    "history_too_short.choice": (
        "Set outcome_days = {choice}, or import older orders.",
        "请设 outcome_days = {choice}，或导入更早的订单。",
    ),
    "history_too_short.none": ("Import older orders.", "请导入更早的订单。"),
    "no_order_counts": (
        "Shop {shop} has no order that counts, so there is nothing to learn from: {gifts} "
        "gifts (nothing was paid), {wholesale} wholesale, {brushing} fake ones. Check "
        "which column holds the amounts, or list under [orders] counts what should count.",
        "店铺 {shop} 没有可计入的订单，无法学习：赠品（未付款）{gifts}，批发 {wholesale}，刷单 {brushing}。请检查金额列，或在 [orders] 的 "
        "counts 中写明哪些也算订单。",
    ),
    "no_gaps": (
        "In shop {shop} nobody bought on two different days early enough to show how often "
        "customers reorder, and a model needs some who do. If yours come back, another column says "
        "who bought: import again with --set customer_id=…. If they do not yet, import each week's "
        "export: the data quality page shows what comes in, and training works once some have "
        "returned. If they return more slowly, set outcome_days in the shop file.",
        "店铺 {shop} 在足够早的时期没有顾客在两个不同日期购买，无法得知复购节奏，模型需要有复购的顾客。"
        "如果顾客其实会复购，说明顾客列选错了：请用 --set customer_id=… 重新导入。如果还没有人复购，请每周继续导入："
        "数据质量页会显示新数据，有人复购后即可训练。如果复购较慢，请在店铺文件中设置 outcome_days。",
    ),
    "one_class_only": (
        "At cut-off {cutoff} {share} of {customers} customers {fate} within {outcome_days} "
        "days, so there is nothing to predict. {choice}",
        "在截止日 {cutoff}，{customers} 位顾客中有 {share} 在 {outcome_days} 天内{fate}，没有可区分的对象。{choice}",
    ),
    "one_class_only.all": ("placed no order", "没有再购买"),
    "one_class_only.none": ("ordered again", "再次购买"),
    "one_class_only.choice": (
        "Set outcome_days = {choice} in the shop file: with that window both outcomes occur.",
        "请在店铺文件中设 outcome_days = {choice}，那时两类顾客都有。",
    ),
    "one_class_only.nothing": (
        "No outcome_days works: a model needs customers of both kinds. If yours come back, another "
        "column says who bought: import again with --set customer_id=…. If they do not yet, import "
        "each week's export: the data quality page shows what comes in, and training works once "
        "some have returned.",
        "任何 outcome_days 都不可行：模型需要两类顾客都有。如果顾客其实会复购，说明顾客列选错了：请用 --set customer_id=… 重新导入。"
        "如果还没有人复购，请每周继续导入：数据质量页会显示新数据，有人复购后即可训练。",
    ),
    "no_model_yet": (
        "Shop {shop} has no model yet. Run `make train SHOP=FILE` first.",
        "店铺 {shop} 还没有模型。请先运行 make train SHOP=FILE。",
    ),
    "no_earlier_model": (
        "Shop {shop} has no earlier model to go back to. `winback models --shop FILE` "
        "lists its models.",
        "店铺 {shop} 没有更早的模型可退回。用 winback models --shop FILE 查看现有模型。",
    ),
    "model_unknown": (
        "Shop {shop} has no model {value}. `winback models --shop FILE` lists its models.",
        "店铺 {shop} 没有模型 {value}。用 winback models --shop FILE 查看现有模型。",
    ),
    "promote_or_roll_back": (
        "Use either --promote {value} or --rollback, not both.",
        "--promote {value} 与 --rollback 只能用其一。",
    ),
    "parameters_unreadable": (
        "{file} does not hold parameters: {detail}. Give the file that `training/tune.py` "
        "wrote, with only {known} in it.",
        "{file} 不是参数文件：{detail}。请使用 training/tune.py 写出的文件，其中只应有 {known}。",
    ),
    "too_short_to_tune": (
        "Shop {shop} has no training cut-off whose outcome was over before its newest one "
        "({newest}), so tuning cannot be judged. The default parameters stay.",
        "店铺 {shop} 在最近训练截止日（{newest}）之前没有结果期已结束的截止日，无法检验调参。保持默认参数。",
    ),
    "bundle_damaged": (
        "The model {file} is damaged ({detail}) and was not used. Train again with `make train "
        "SHOP=FILE`.",
        "模型 {file} 已损坏（{detail}），未被使用。请用 make train SHOP=FILE 重新训练。",
    ),
    "bundle_of_another_spec": (
        "The model {version} was trained on another list of features. Train again with `make "
        "train SHOP=FILE`.",
        "模型 {version} 使用的是另一份特征清单。请用 make train SHOP=FILE 重新训练。",
    ),
}
