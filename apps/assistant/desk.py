from django.utils.translation import gettext_lazy as _

from apps.core.desks import Desk, KeyPreset, Page

USE = "assistant.use"

DESK = Desk(
    app="apps.assistant",
    label=_("Assistant"),
    url_prefix="assistant/",
    permissions={USE: _("Use the assistant")},
    # Whoever works here may ask; what is searched for them is what they may read.
    shared_permissions=(USE,),
    home_tabs=(Page(_("Assistant"), "assistant:chats", USE, shortcut="i"),),
    jobs=("replies", "titles"),
    prompt_readers={"": USE},  # none is recorded: the prompt is locked
    key_presets=(KeyPreset("assistant", _("Asking the assistant"), (USE, "knowledge.view", "jobs.view")),),
    audit_sentences={
        "chat.created": _("Started a chat with the assistant"),
        "chat.changed": _("Renamed or moved a chat"),
        "chat.shared": _("Shared a chat with the organisation"),
        "chat.share_revoked": _("Stopped sharing a chat"),
        "chat.handed_over": _("Took a chat over into another desk"),
        "chat.deleted": _("Deleted a chat"),
        "chat_call.confirmed": _("Let the assistant use a tool"),
        "chat_call.declined": _("Kept the assistant from using a tool"),
        "chat_file.deleted": _("Removed a file from a chat"),
        "chat_folder.created": _("Created a folder for chats"),
        "chat_folder.deleted": _("Deleted a folder for chats"),
    },
    audit_details={"receiver": _("Taken over as"), "tool": _("Tool")},
    api_enum_names={
        "ChatAuthorEnum": "apps.assistant.models.ChatMessage.Author",
        "ChatSourceEnum": "apps.assistant.models.ChatMessage.Source",
    },
)
