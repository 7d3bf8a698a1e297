"""Pages of HTML, the same way everywhere: what comes from outside is escaped, and a name that is
not known is an error."""

from jinja2 import Environment, PackageLoader, StrictUndefined


def load_templates(package: str, *, trim: bool = False) -> Environment:
    """The templates of a package's folder `templates`. trim: leave out the blanks around tags."""
    return Environment(
        loader=PackageLoader(package),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=trim,
        lstrip_blocks=trim,
    )
