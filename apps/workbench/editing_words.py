"""What people read of the fields of an app file. One without words here goes by its own name."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.core.errors import Text

# By name: label, and help where it needs any.
FIELDS: Mapping[str, tuple[Text, Text]] = {
    "title": (pgettext_lazy("app file", "Title"), ""),
    "description": (_("Description"), _("One sentence for the list of apps.")),
    "help": (_("Hint"), _("For people who fill it in; a model reads it, too.")),
    "when": (_("Only if"), _("Left empty, the step always runs.")),
    "prompt": (
        _("What the model should do"),
        _("Insert the texts that it works with, then say what to do in plain sentences."),
    ),
    "role": (_("Who the model is"), _("For example: You answer mails of a tea shop, kindly and briefly.")),
    "source": (_("Where quotes come from"), _("The text in which quotes are looked for.")),
    "fields": (_("Fields"), ""),
    "columns": (_("Columns"), ""),
    "question": (_("Question"), ""),
    "collections": (_("Collections"), _("Their names, one per line, or an input of this type.")),
    "function": (_("Function"), ""),
    "arguments": (_("Arguments"), ""),
    "cases": (_("Cases"), _("The first one whose condition holds gives the value.")),
    "otherwise": (pgettext_lazy("app file", "Otherwise"), ""),
    "text": (_("Text"), _("Insert results of the steps above; everything else stays as you write it.")),
    "items": (_("List"), _("The steps inside run once for each item.")),
    "name": (_("Name of an item"), _("What the steps inside call it.")),
    "collect": (_("What is collected"), _("Results of the steps inside, as lists.")),
    "value": (pgettext_lazy("app file", "Value"), ""),
    "suggestions_for": (_("Suggestions for"), _("The text that the records of the value would change.")),
    "options": (_("Options"), _("The second column is what a model reads; left empty, it is the first.")),
    "of": (_("Type of the items"), ""),
    "optional": (_("May be left empty"), ""),
    "tables": (_("Tables"), ""),
    "sql": (_("Query"), _("One SELECT over the tables above.")),
    "parameters": (_("Parameters"), ""),
    "tool": (_("Tool"), ""),
    "message": (_("Message"), ""),
    "values": (_("Filled in before"), ""),
    "roles": (_("Roles"), _("One per line. Leave empty to ask the person who runs the app.")),
    "channel": (_("Channel"), ""),
    "to": (_("Receiver"), ""),
    "subject": (_("Subject"), ""),
    "app": (_("App"), ""),
    "inputs": (_("Inputs"), ""),
    "temperature": (_("Temperature"), _("0 is steady, 1 is varied.")),
    "limit": (_("Passages"), ""),
    "max": (_("At most"), ""),
    "min": (_("At least"), ""),
    "max_tokens": (_("Longest answer, in tokens"), ""),
    "max_characters": (_("Longest text, in characters"), ""),
    "max_items": (_("Most items"), ""),
}
# By kind of step: what it is for, where people choose one.
KIND_HINTS: Mapping[str, Text] = {
    "ask": _("The model writes a text as you tell it."),
    "extract": _("The model reads a text and fills in fields, with quotes that are looked up."),
    "look": _("A model for pictures looks at one and says what is asked, where one is set up."),
    "retrieve": _("Finds passages in the documents of a collection."),
    "compute": _("A fixed calculation, such as cutting a long text into parts."),
    "branch": _("Takes one value or another, by a condition."),
    "for_each": _("Runs the steps inside once for each item of a list."),
    "write": _("Puts results together into one text, without a model."),
    "query": _("Filters, counts or adds up the rows of tables, in SQL."),
    "call": _("Asks another system."),
    "wait": _("Asks a person to approve or to fill something in."),
    "send": _("Sends a mail or tells another system."),
    "run_app": _("Uses another app."),
}
TYPES: Mapping[str, Text] = {
    "text": _("Text"),
    "number": pgettext_lazy("app file", "Number"),
    "flag": _("Yes or no"),
    "choice": _("Choice"),
    "quote": _("Quote"),
    "list": _("List"),
    "record": pgettext_lazy("app file", "Record"),
    "table": _("Table"),
    "file": _("File"),
    "picture": pgettext_lazy("app file", "Picture"),
    "boxes": _("Places on the picture"),
    "cells": _("Table of a page"),
    "collection": _("Collection"),
    "passages": _("Passages"),
}
# Of fields that take one of a few words.
WORDS: Mapping[str, Text] = {"mail": pgettext_lazy("app file", "Mail"), "webhook": "Webhook"}
# Conditions: what is written out of a name, a comparison and a value, by the types of values that it stands for.
COMPARISONS: Mapping[str, tuple[Text, str]] = {
    "{name} == {value}": (_("is"), "text number choice quote"),
    "{name} != {value}": (_("is not"), "text number choice quote"),
    "{value} in {name}": (_("contains"), "text quote"),
    "{name} > {value}": (_("is more than"), "number"),
    "{name} < {value}": (_("is less than"), "number"),
    "{name}": (pgettext_lazy("app file", "is true"), "flag"),
    "not {name}": (pgettext_lazy("app file", "is false"), "flag"),
    "{name} | length > 0": (_("is not empty"), "text list table passages"),
    "{name} | length == 0": (_("is empty"), "text list table passages"),
}


def label(name: str) -> Text:
    return FIELDS[name][0] if name in FIELDS else name.replace("_", " ").capitalize()


def hint(name: str) -> Text:
    return FIELDS[name][1] if name in FIELDS else ""
