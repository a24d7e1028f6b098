"""A recorded input of a prompt as the beginning of a question, for whoever may read what fills that prompt."""

from apps.accounts.actors import Actor
from apps.core.errors import NotFound
from apps.evaluation import work
from apps.evaluation.work import Work
from apps.operations.prompts import selectors, services

# What prompts call that which is asked; of others it is the longest text.
ASKED = ("question", "message", "text")


def read_input(actor: Actor, key: str) -> Work:
    """By name and number, such as `answer_message:2`; the reading stands in the trail. Raises NotFound and
    PermissionDenied.
    """
    actor.require(selectors.MANAGE)
    name, _colon, number = key.partition(":")
    is_number = number.isascii() and number.isdigit() and 0 < len(number) < 3 and int(number) > 0
    inputs = services.read_inputs(actor, name, number=int(number)).inputs if is_number else ()
    if not inputs:
        raise NotFound
    values = inputs[0].values
    asked = next((values[each] for each in ASKED if isinstance(values.get(each), str)), "")
    return Work(asked or inputs[0].excerpt)


work.register("prompt_input", read_input)
