"""Training: the model beside what it has to beat."""

TRAINING: dict[str, tuple[str, str]] = {
    "train.working": ("{shop}: learning from past cut-offs …", "{shop}：正在从过去的截止日学习……"),
    "train.timer_off": (
        "Nothing was trained: the timer may train only where the shop file has `training = true` "
        "in `[service]`.",
        "未训练：店铺文件 [service] 写有 training = true 时，定时任务才会训练。",
    ),
    "train.title": (
        "{shop}: who places no order within {outcome_days} days?",
        "{shop}：谁会在{outcome_days}天内不再购买？",
    ),
    "train.facts": (
        "Test cut-off {test_cutoff}: {customers} customers in the population, {churn} of "
        "whom placed no order. Learned from {rows} rows at {cutoffs} earlier cut-offs. "
        "Dormant: more than {silence} days since the last order.",
        "检验截止日 {test_cutoff}：口径内顾客 {customers} 位，"
        "其中 {churn} 未再购买。学习样本 {rows} 行，来自 {cutoff"
        "s} 个更早的截止日。超过 {silence} 天未下单算沉睡。",
    ),
    "train.column.model": ("ranked by", "排序依据"),
    "train.column.auc": ("AUC", "AUC"),
    "train.column.active": ("AUC active", "活跃AUC"),
    "train.column.log_loss": ("log-loss", "对数损失"),
    "train.column.ece": ("ECE", "校准误差"),
    "train.column.lift": ("lift@10%", "前10%提升"),
    "train.column.accuracy": ("accuracy", "准确率"),
    "train.column.ahead": ("model's AUC ahead by (95 %)", "模型AUC领先（95%区间）"),
    "baseline.model": ("Winback", "Winback"),
    "baseline.xgboost_core": ("its XGBoost core alone", "仅其XGBoost核心"),
    "baseline.bg_nbd": ("BG/NBD", "BG/NBD"),
    "baseline.mbg_nbd": ("MBG/NBD", "MBG/NBD"),
    "baseline.pareto_nbd": ("Pareto/NBD", "Pareto/NBD"),
    "baseline.majority": ("everyone alike", "一律按多数"),
    "baseline.recency": ("recency alone", "仅看最近购买"),
    "baseline.rfm_quintiles": ("RFM quintiles", "RFM五分位"),
    "baseline.rfm_logistic": ("RFM logistic", "RFM逻辑回归"),
    "baseline.rfmb_fixed": ("fixed RFM-B score", "固定RFM-B得分"),
    "baseline.xgboost_defaults": ("XGBoost defaults", "XGBoost默认参数"),
    "train.noise": (
        "Even perfectly calibrated probabilities would show a calibration error of {floor} "
        "by chance. Accuracy of always predicting the more common outcome: {majority}.",
        "即使概率完全诚实，偶然的校准误差也有 {floor}。一律猜多数的准确率：{majority}。",
    ),
    "train.no_year_ago": (
        "Too few customers at the cut-off a year before (of {days} days of history) to "
        "measure the season, so no calibration is claimed.",
        "一年前的截止日顾客太少（历史 {days} 天），看不出季节，因此不声称概率已校准。",
    ),
    "train.short_history": (
        "{days} days of history before the test: under about 15 months the season cannot "
        "be measured, so no calibration is claimed.",
        "检验前的历史仅 {days} 天：不足约15个月看不出季节，因此不声称概率已校准。",
    ),
    "train.promotion.first": (
        "The first model of this shop: it is now in use.",
        "本店第一个模型：即日起用于评分。",
    ),
    "train.promotion.same": ("The same model as the one in use.", "与现用模型相同。"),
    "train.promotion.unreadable": (
        "It is now in use: the previous model is damaged and could not be compared.",
        "即日起用于评分：原模型已损坏，无法比较。",
    ),
    "train.promotion.older": (
        "Kept, but not used: its test day is earlier than that of the model in use. To use "
        "it anyway: `winback models --promote VERSION`.",
        "仅保存：它的检验日早于现用模型。如仍要启用，请用 winback models --promote 版本。",
    ),
    "train.promotion.incomparable": (
        "It is now in use: the previous model answers another question (other features or "
        "outcome days).",
        "即日起用于评分：原模型回答的是另一个问题（特征或结果期不同）。",
    ),
    "train.promotion.not_worse": (
        "It is now in use: not worse than the previous model on the last {cutoffs} "
        "cut-offs (AUC {auc}, log-loss {log_loss}).",
        "即日起用于评分：在最近{cutoffs}个截止日上不差于原模型（AUC {auc}，对数损失 {log_loss}）。",
    ),
    "train.promotion.worse": (
        "Kept as a challenger: worse than the model in use on the last {cutoffs} cut-offs "
        "(AUC {auc}, log-loss {log_loss}). To use it anyway: `winback models --promote "
        "VERSION`.",
        "仅作挑战者：在最近{cutoffs}个截止日上差于现用模型（AUC {auc}，对数损失 {log_loss}）。如仍要启用，请用 winback models "
        "--promote 版本。",
    ),
    "train.done": (
        "Model {version}, run {run_id}, in {folder}",
        "模型 {version}，运行 {run_id}，位于 {folder}",
    ),
    "train.report": ("Report {report}", "报告 {report}"),
    "tune.working": ("{shop}: trial {trial} of {trials} …", "{shop}：第 {trial}/{trials} 次尝试……"),
    "tune.result": (
        "{trials} trials on {shop}: on the test cut-off the tuned core's AUC is {tuned}, the "
        "default's {default}, difference "
        "{difference}.",
        "{shop} 尝试 {trials} 次：在检验截止日上，调参后核心AUC {tuned}，默认 {default}，差距 {difference}。",
    ),
    "tune.as_good": (
        "The default is as good: the difference may be chance. Nothing was changed.",
        "默认参数同样好：差距可能只是偶然。未做任何改动。",
    ),
    "tune.same": (
        "No trial beat the default. Nothing was changed.",
        "没有一次尝试胜过默认参数。未做任何改动。",
    ),
    "tune.better": (
        "Tuning helps here beyond chance. To use it: training/train.py --shop FILE --parameters "
        "{file}",
        "此处调参的提升超出偶然。使用：training/train.py --shop 文件 --parameters {file}",
    ),
    "tune.worse": (
        "The default is better, beyond chance: what the trials found was luck. Nothing was "
        "changed.",
        "默认参数更好，且超出偶然：尝试所得只是运气。未做任何改动。",
    ),
    "models.version": ("model", "模型"),
    "models.scores": ("in use", "在用"),
    "models.trained_at": ("trained (UTC)", "训练时间（UTC）"),
    "models.test_cutoff": ("tested on", "检验截止日"),
    "models.outcome_days": ("days", "天数"),
    "models.auc": ("AUC", "AUC"),
    "models.log_loss": ("log-loss", "对数损失"),
    "models.ece": ("ECE", "校准误差"),
    "models.damaged": ("damaged", "已损坏"),
    "models.no_registry": (
        "MLflow is not installed here, so its registry was not updated.",
        "此处未安装 MLflow，未同步其登记。",
    ),
    "models.none": ("Shop {shop} has no model yet.", "店铺 {shop} 还没有模型。"),
    "models.done": (
        "Model {version} is now in use for {shop}.",
        "即日起由模型 {version} 为 {shop} 评分。",
    ),
    "backtest.title": (
        "{shop}: {cutoffs} cut-offs, {first} to {last}, each judged by a model of its own day",
        "{shop}：{cutoffs}个截止日（{first} 至 {last}），各用当日可得的模型检验",
    ),
    "backtest.few": (
        "Only {cutoffs} of the {asked} cut-offs asked for: before {last} the history is too short "
        "to learn from.",
        "要求{asked}个截止日，只有{cutoffs}个：{last} 之前的历史太短，无法学习。",
    ),
    "backtest.working": ("{shop}: learning as of {day} …", "{shop}：以 {day} 为截止日学习……"),
    "backtest.ahead": ("model ahead by (AUC, 95 %)", "模型领先（AUC，95%）"),
    "backtest.mean": ("mean AUC", "平均AUC"),
    "backtest.worst": ("worst", "最差"),
    "backtest.best": ("best", "最好"),
    "backtest.slice": ("model's mean AUC on", "模型在各人群的平均AUC"),
    "slice.all": ("all", "全部"),
    "slice.active": ("active", "活跃客"),
    "slice.active_new": ("new", "新客"),
    "slice.active_growing": ("growing", "成长客"),
    "slice.active_mature": ("mature", "成熟客"),
    "slice.quiet": ("quiet", "沉默客"),
    "slice.silent": ("dormant", "沉睡客"),
}
