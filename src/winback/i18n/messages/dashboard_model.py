"""What the dashboard's page on the model says."""

DASHBOARD_MODEL: dict[str, tuple[str, str]] = {
    "dashboard.model.age": ("Age", "模型年龄"),
    "dashboard.model.days": ("{days} days", "{days} 天"),
    "dashboard.model.until": ("It has seen what happened until {day}.", "已学习到 {day} 的结果。"),
    "dashboard.model.old": ("Old: train it again.", "已过时，请重新训练。"),
    "dashboard.model.auc": (
        "How well it ranks: 0.5 is chance, 1 is perfect.",
        "排序能力：0.5 为随机，1 为完美。",
    ),
    "dashboard.model.ece": (
        "How far its chances lie from the truth; chance alone makes {floor}.",
        "概率与事实的偏差；随机波动即有 {floor}。",
    ),
    "dashboard.model.against": ("Against simpler ways", "与简单方法相比"),
    "dashboard.model.against.how": (
        "The same {customers} customers, as of {day}; best first.",
        "同样 {customers} 位顾客，截至 {day}；按对数损失由低到高。",
    ),
    "dashboard.model.name": ("Way", "方法"),
    "dashboard.model.calibration": ("Are its chances honest?", "概率是否可信"),
    "dashboard.model.calibration.label": (
        "Line: the chance predicted against the share who stayed away; on the diagonal "
        "it is honest",
        "折线：预测概率与实际流失率，对角线表示准确",
    ),
    "dashboard.model.no_calibration": (
        "This model was trained before the picture was kept. Train again to see it.",
        "该模型训练时尚未保存此图，重新训练后可见。",
    ),
    "dashboard.model.said": ("predicted", "预测"),
    "dashboard.model.happened": ("happened", "实际"),
    "dashboard.model.ours": ("this model", "本模型"),
    "dashboard.model.by_chance": ("what chance alone leaves", "随机波动范围"),
    "dashboard.model.watched": ("Watched", "监测"),
    "dashboard.model.looked": ("Looked {at}, at data until {day}.", "{at} 检查，数据截至 {day}。"),
    "dashboard.model.never_looked": ("Nobody has looked yet.", "尚未检查。"),
    "dashboard.model.deciles.label": (
        "Bars by tenth: predicted on {day} against what happened",
        "按十分位：{day} 的预测与实际",
    ),
    "dashboard.model.trained": ("trained", "训练时间"),
    "dashboard.model.damaged": (
        "The model that is to score is damaged. Roll back to the one before, or train again:",
        "当前模型已损坏，请回滚到上一个模型，或重新训练：",
    ),
    "dashboard.model.versions": ("Versions", "版本"),
    "dashboard.figure.auc": ("AUC", "AUC"),
    "dashboard.figure.log_loss": ("log loss", "对数损失"),
    "dashboard.figure.brier": ("Brier", "Brier"),
    "dashboard.figure.ece": ("ECE", "ECE"),
    "dashboard.figure.accuracy": ("accuracy", "准确率"),
}
