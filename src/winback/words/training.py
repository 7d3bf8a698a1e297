"""Training: the model beside what it has to beat."""

TRAINING: dict[str, tuple[str, str]] = {
    "train.working": ("{shop}: learning from past cut-offs …", "{shop}：正在从过去的截止日学习……"),
    "train.title": ("{shop}: who stays away for {outcome_days} days?", "{shop}：谁会在{outcome_days}天内不再购买？"),
    "train.facts": (
        "Test cut-off {test_cutoff}: {customers} customers in the population, {churn} stayed away. Learned from {rows} rows "
        "at {cutoffs} earlier cut-offs. Silent from {silence} days on.",
        "检验截止日 {test_cutoff}：口径内顾客 {customers} 位，其中 {churn} 未再购买。学习样本 {rows} 行，来自 {cutoffs} 个更早的截止日。"
        "超过 {silence} 天算静默。",
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
        "Honest probabilities would show a calibration error of {floor} by chance alone. Accuracy of always saying the "
        "commoner fate: {majority}.",
        "即使概率完全诚实，偶然的校准误差也有 {floor}。一律猜多数的准确率：{majority}。",
    ),
    "train.short": (
        "{days} days of history: under about 15 months the season cannot be seen, so no calibration is claimed.",
        "历史仅 {days} 天：不足约15个月看不出季节，因此不声称概率已校准。",
    ),
    "train.done": ("Model {version}, run {run_id}, in {folder}", "模型 {version}，运行 {run_id}，位于 {folder}"),
}
