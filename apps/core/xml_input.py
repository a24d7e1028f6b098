"""XML that strangers send."""

from lxml import etree


class NotXml(ValueError):
    """No XML, or so much of it that its parser gave up."""


def parse_xml(content: bytes, *, is_strict: bool = True) -> etree._Element:
    """No entity is followed, and nothing is loaded. `is_strict`: what is damaged is refused. Raises NotXml."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=not is_strict
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise NotXml(str(error)) from error
    if root is None:
        raise NotXml("empty")
    return root
