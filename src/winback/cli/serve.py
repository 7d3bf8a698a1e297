"""`winback serve`: the prediction service. Loaded alone, so that it starts in the time of what
it needs."""

from pathlib import Path
from typing import Annotated

import typer

from winback.cli.console import run_command
from winback.cli.options import Lang, ShopFile
from winback.i18n.translate import Language
from winback.workflows.process import get_home

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def _register_group() -> None:
    """So that its name is read, as among all commands."""


Host = Annotated[
    str,
    typer.Option("--host", help="Address to listen on; beyond this machine it needs keys and TLS."),
]
Port = Annotated[
    int, typer.Option("--port", min=0, max=65535, help="Port to listen on; 0: any free one.")
]
Workers = Annotated[
    int,
    typer.Option(
        "--workers", min=1, max=64, help="Number of processes; they share a key's rate limit."
    ),
]
TlsCertificate = Annotated[Path | None, typer.Option("--tls-cert", help="File of the certificate.")]
TlsKey = Annotated[Path | None, typer.Option("--tls-key", help="File of the certificate's key.")]
BehindProxy = Annotated[bool, typer.Option("--behind-proxy", help="A proxy in front handles TLS.")]
AllowedHosts = Annotated[
    list[str] | None, typer.Option("--allow-host", help="A host name to accept.")
]
NoticeSeconds = Annotated[
    float, typer.Option("--notice", min=0, max=60, help="Seconds of `not ready` before stopping.")
]
AsJsonLines = Annotated[
    bool, typer.Option("--json", help="Say what is said on start as JSON lines.")
]


@app.command()
def serve(
    shop: ShopFile,
    host: Host = "127.0.0.1",
    port: Port = 8765,
    workers: Workers = 1,
    tls_cert: TlsCertificate = None,
    tls_key: TlsKey = None,
    behind_proxy: BehindProxy = False,
    allow_host: AllowedHosts = None,
    notice: NoticeSeconds = 5.0,
    as_json: AsJsonLines = False,
    lang: Lang = None,
) -> None:
    """Serve scores to other programs over HTTP, the same as the batch job's."""

    def run(language: Language) -> None:
        from winback.server.run import ServerSettings, serve

        home = get_home()
        serve(
            ServerSettings(
                str(shop),
                str(home.root),
                str(home.state_root),
                host,
                port,
                workers,
                language,
                str(tls_cert) if tls_cert else None,
                str(tls_key) if tls_key else None,
                behind_proxy,
                tuple(allow_host or ()),
                notice,
                as_json,
            )
        )

    run_command(lang, run)
