"""Parts of templates that are rendered once for all readers who see the same (``foundation.fragments``)."""

from typing import Any

from django import template
from django.template.base import FilterExpression, NodeList, Parser, Token
from django.utils.safestring import SafeString

from foundation.fragments import kept_fragment

register = template.Library()
_LONGEST_SECTION = 24


class KeptNode(template.Node):
    """Renders what it holds, or shows what it rendered for the same key before."""

    def __init__(self, nodelist: NodeList, key: list[FilterExpression]) -> None:
        self.nodelist = nodelist
        self.key = key

    def render(self, context: template.Context) -> SafeString:
        """The part as it stands for the key's values of now."""
        key = [part.resolve(context) for part in self.key]
        return kept_fragment(lambda: self.nodelist.render(context), "part", *key)


@register.tag
def kept(parser: Parser, token: Token) -> KeptNode:
    """``{% kept "name" a b %} … {% endkept %}``: the key must name all that the part shows; the language is in it."""
    _tag, *bits = token.split_contents()
    if not bits:
        raise template.TemplateSyntaxError("kept needs a key that names all that the part shows")
    key: list[Any] = [parser.compile_filter(bit) for bit in bits]
    nodelist = parser.parse(("endkept",))
    parser.delete_first_token()
    return KeptNode(nodelist, key)


@register.filter
def section(path: str) -> str:
    """The part of the portal that an address belongs to: what the navigation marks. Made-up long ones count as none."""
    first = path[:_LONGEST_SECTION].split("/")[1] if path.startswith("/") else ""
    return first if f"/{first}/" == path[: len(first) + 2] else ""
