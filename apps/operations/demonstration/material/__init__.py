"""What a demonstration is made of: two handbooks, a consultation, what some services write and what breaks in them."""

from pathlib import Path

_FOLDER = Path(__file__).parent
HANDBOOKS = {language: _FOLDER / f"handbook.{language}.md" for language in ("zh", "en")}
CONSULTATION = _FOLDER / "consultation.zh.txt"
TRAFFIC = _FOLDER / "services.toml"
FAULT = _FOLDER / "incident.toml"
