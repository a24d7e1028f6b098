"""What the walks of `tests/architecture` ask of this desk."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from apps.assistant import search, services, titles
from apps.assistant.models import Chat, ChatFile, ChatFolder

ACTIONS: dict[str, tuple[str, Callable[[Any], object]]] = {
    "assistant.services.delete_chat": (
        "chat.deleted",
        lambda h: services.delete_chat(h.actor, h.row(Chat)),
    ),
    "assistant.services.delete_file": (
        "chat_file.deleted",
        lambda h: services.delete_file(h.actor, h.row(ChatFile)),
    ),
    "assistant.services.delete_folder": (
        "chat_folder.deleted",
        lambda h: services.delete_folder(h.actor, h.row(ChatFolder)),
    ),
    "assistant.services.revoke_share": (
        "chat.share_revoked",
        lambda h: services.revoke_share(h.actor, h.row(Chat)),
    ),
}
FUNCTIONS: dict[str, Callable[[str], object]] = {
    "assistant.title_of": titles.title_of,
    "assistant.search": lambda text: search._place(text, ["tea", "harvest"]),
}
CONTENT = {
    # Shared, so that both of its pages are there.
    "Chat": {"title": "Tea", "shared_at": datetime(2026, 1, 1, tzinfo=UTC)},
    "ChatFolder": {"name": "Harvest"},
    "ChatMessage": {"author": "member", "text": "Which tea?", "sentences": [], "citations": [], "tool": {}},
    "ChatFile": {"name": "plan.txt", "content": b"", "passages": []},
}
# A chat is its owner's alone.
ALSO = {"Chat": ("member",)}
