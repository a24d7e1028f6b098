"""What a model is asked for: an opening, a list of shots, and shots that it corrects."""

from pydantic import BaseModel, ConfigDict, Field

from apps.inference.services import StreamedText

MAX_SHOTS = 40
# Above any limit of the checks: what is too long is said by them.
MAX_PART_CHARACTERS = 600


class Hook(BaseModel):
    """The words come last: they are read while they are written."""

    model_config = ConfigDict(extra="forbid")

    picture: str
    on_screen: str
    voice_over: str


class WrittenShot(BaseModel):
    model_config = ConfigDict(extra="forbid")

    seconds: int = Field(ge=1, le=180)
    picture: str
    voice_over: str
    on_screen: str


class ShotList(BaseModel):
    model_config = ConfigDict(extra="forbid")

    music: str
    shots: list[WrittenShot] = Field(min_length=1, max_length=MAX_SHOTS)


class CorrectedShot(BaseModel):
    model_config = ConfigDict(extra="forbid")

    number: int = Field(ge=1, le=MAX_SHOTS)
    picture: str
    voice_over: str
    on_screen: str


class CorrectedShots(BaseModel):
    """Those alone in which something was wrong."""

    model_config = ConfigDict(extra="forbid")

    shots: list[CorrectedShot] = Field(max_length=MAX_SHOTS)


HOOK_WORDS = StreamedText("voice_over", is_shown=lambda members: True, plain={"picture": "", "on_screen": ""})
