"""Which paths are pages, which upload files, and how large their bodies may be."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class PathLimits:
    """What is known of the paths behind the middleware; sizes in bytes.

    api_prefixes: every other path is a page, behind a login of its own; bodies: the largest of some
    paths, whatever else.
    """

    api_prefixes: tuple[str, ...]
    api_body: int
    page_body: int
    upload_path: str
    upload_body: int
    bodies: Mapping[str, int]

    def is_page(self, path: str) -> bool:
        """Whether a path is a page's."""
        return not path.startswith(self.api_prefixes)

    def is_upload(self, method: str, path: str) -> bool:
        """Whether a request uploads a file."""
        return method == "POST" and path == self.upload_path

    def get_max_bytes(self, method: str, path: str) -> int:
        """The largest body that is read."""
        if self.is_upload(method, path):
            return self.upload_body
        return self.bodies.get(path, self.page_body if self.is_page(path) else self.api_body)
