"""The prediction service, its keys and the ledger: what it refuses, and what `serve` and `keys`
print."""

SERVICE: dict[str, tuple[str, str]] = {
    # Refusals.
    "ledger_refused": (
        "The ledger {ledger} cannot be used: {detail}. Check the folder's permissions and "
        "free space, or `ledger` in the shop file.",
        "账本 {ledger} 无法使用：{detail}。请检查文件夹权限和剩余空间，或店铺文件中的 ledger。",
    ),
    "ledger_newer": (
        "The ledger {ledger} was made by a newer Winback (version {version}; this one "
        "knows {known}). Install the newer version again.",
        "账本 {ledger} 由更新版本的 Winback 创建（版本 {version}，本程序只认识 {known}）。请安装新版本。",
    ),
    "key_name_taken": (
        "{most} keys named '{value}' are valid already. Revoke the oldest with `winback keys "
        "revoke {oldest}`, or choose another name.",
        "名为“{value}”的密钥已有 {most} 个有效。请用 winback keys revoke {oldest} 吊销最早的一个，或换一个名字。",
    ),
    "key_name_unreadable": (
        "A key cannot be named '{value}'. Choose 1 to {most} characters.",
        "密钥不能命名为“{value}”。请使用 1 到 {most} 个字符。",
    ),
    "key_unknown": (
        "There is no key '{value}'. List them with `winback keys list`.",
        "没有密钥“{value}”。可用 winback keys list 查看。",
    ),
    "scope_unknown": (
        "There is no scope '{value}'. Choose one of {known}.",
        "没有权限“{value}”。请从 {known} 中选择。",
    ),
    "rate_unreadable": (
        "The rate '{value}' cannot be read. Write it as 100/second, or per minute, hour or day.",
        "无法识别限速“{value}”。请写成 100/second，单位可为 second、minute、hour、day。",
    ),
    "days_out_of_range": (
        "A key cannot be valid for {value} days. Choose 1 to {most}.",
        "密钥有效期不能是 {value} 天。请选择 1 到 {most}。",
    ),
    "address_needs_keys": (
        "On {host}, or behind a proxy, other machines could use the API, and there is no "
        "valid key yet. Create one with `winback keys create NAME`, or stay on 127.0.0.1.",
        "监听 {host} 或位于代理之后时，其他机器也能访问，但还没有有效的密钥。请先运行 winback keys create NAME，或继续使用 127.0.0.1。",
    ),
    "address_needs_tls": (
        "On {host} keys would be sent unencrypted. Give --tls-cert and --tls-key, or "
        "--behind-proxy if a proxy handles TLS.",
        "监听 {host} 时密钥会明文经过网络。请给出 --tls-cert 和 --tls-key；若前面有负责 TLS 的代理，请加 --behind-proxy。",
    ),
    "tls_unreadable": (
        "The certificate {cert} with its key {key} cannot be used: {detail}. Give both as "
        "PEM files.",
        "证书 {cert} 与私钥 {key} 无法使用：{detail}。请同时给出两个 PEM 文件。",
    ),
    "port_taken": (
        "Cannot listen on {host}:{port}: {detail}. Choose another --port, or another --host.",
        "无法监听 {host}:{port}：{detail}。请更换 --port 或 --host。",
    ),
    "snapshot_damaged": (
        "The snapshot {file} is damaged ({detail}). Run `winback score` again.",
        "快照 {file} 已损坏（{detail}）。请重新运行 winback score。",
    ),
    "model_refused": (
        "The model {version} was refused: {detail}. The previous one stays in service; "
        "train again, or roll back.",
        "模型 {version} 未被接受：{detail}。原模型继续服务；请重新训练或回滚。",
    ),
    # Keys.
    "keys.created": (
        "Key {key_id} for {name}, valid until {until}, scopes: {scopes}, rate limit "
        "{rate}. It is shown only once:",
        "密钥 {key_id}（{name}），有效期至 {until}，权限：{scopes}，限速 {rate}。只显示这一次：",
    ),
    "keys.revoked": ("Key {key_id} of {name} is revoked.", "密钥 {key_id}（{name}）已吊销。"),
    "keys.none": (
        "There is no key yet. Create one with `winback keys create NAME`.",
        "还没有密钥。可用 winback keys create NAME 创建。",
    ),
    "keys.key_id": ("Key", "密钥"),
    "keys.name": ("Name", "名称"),
    "keys.scopes": ("Scopes", "权限"),
    "keys.rate": ("Rate limit", "限速"),
    "keys.until": ("Until", "有效期至"),
    "keys.used": ("Last used", "最近使用"),
    "keys.state": ("State", "状态"),
    "keys.state.valid": ("valid", "有效"),
    "keys.state.expired": ("expired", "已过期"),
    "keys.state.revoked": ("revoked", "已吊销"),
    # The service, on stderr.
    "serve.ready": (
        "{shop}: {customers:,} customers as of {cutoff}, model {version}, on {address}. Stop with "
        "Ctrl-C.",
        "{shop}：{customers:,} 位顾客（截至 {cutoff}），模型 {version}，地址 {address}。按 Ctrl-C 停止。",
    ),
    "serve.not_ready": (
        "{shop}: listening on {address}, but not ready: {reason}",
        "{shop}：已监听 {address}，但尚未就绪：{reason}",
    ),
    "serve.open": (
        "No key was ever created: any program on this machine can use the API. Create one "
        "with `winback keys create NAME`.",
        "从未创建密钥：本机上的任何程序都可以访问。运行 winback keys create NAME 即可关闭。",
    ),
    "serve.model": ("Model {version} is now in service.", "模型 {version} 开始服务。"),
    "serve.snapshot": (
        "The snapshot of {cutoff} is now in service.",
        "开始使用 {cutoff} 的快照。",
    ),
    "serve.not_looked": (
        "Could not check for a new model or snapshot ({detail}); the current one stays in service.",
        "无法检查新的模型或快照（{detail}），当前服务不受影响。",
    ),
    "serve.worker": (
        "A worker ended ({detail}); a new one is being started.",
        "一个工作进程结束（{detail}），正在另起一个。",
    ),
    "serve.no_model": (
        "this shop has no model yet; run `make train`",
        "该店铺还没有模型，请先运行 make train",
    ),
    "serve.only_refused": (
        "no model of this shop can be loaded; the log says why; run `make train`",
        "该店铺的模型都无法载入，原因见日志，请重新运行 make train",
    ),
    "serve.only_damaged": (
        "the snapshots are damaged; the log says where; run `winback score`",
        "快照已损坏，位置见日志，请重新运行 winback score",
    ),
    "serve.no_snapshot": (
        "no customer is scored yet; run `winback score`",
        "尚未评分，请先运行 winback score",
    ),
    "serve.no_ledger": ("the ledger cannot be read", "无法读取账本"),
    "serve.draining": ("the service is stopping", "服务正在停止"),
    # Problems: the titles of answers that are none (RFC 9457).
    "problem.bad_request": ("The request cannot be read", "请求无法解析"),
    "problem.invalid": ("The body does not fit the schema", "请求体不符合格式"),
    "problem.duplicate_key": ("A name occurs twice in one object", "同一对象中出现了重复的字段"),
    "problem.unauthorized": ("A valid API key is needed", "需要有效的 API 密钥"),
    "problem.forbidden": ("This key may not do that", "该密钥没有此权限"),
    "problem.host": ("This host name is not served here", "此主机名不在服务范围内"),
    "problem.not_found": ("Not found", "没有找到"),
    "problem.method": ("This method is not supported", "不支持该方法"),
    "problem.timeout": ("The request came too slowly", "请求传输过慢"),
    "problem.too_large": ("The body is too large", "请求体过大"),
    "problem.headers": ("The request headers are too large", "请求头过大"),
    "problem.media_type": ("Only application/json is accepted", "只接受 application/json"),
    "problem.parameter": ("A parameter of the address does not fit", "地址中的参数不符合要求"),
    "problem.no_score": ("These values give no score", "这些数值无法评分"),
    "problem.rate": ("Too many requests for this key", "该密钥的请求过于频繁"),
    "problem.busy": (
        "Too many requests at once; try again in a moment",
        "当前请求过多，请稍后重试",
    ),
    "problem.not_ready": ("Not ready yet", "尚未就绪"),
    "problem.unexpected_error": ("Something went wrong here", "服务内部出错"),
}
