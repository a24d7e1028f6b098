"""What is done with chats at the press of a button."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.accounts.act_declaration import Act, delete_act
from apps.assistant import selectors, services
from apps.assistant.forms import AgainForm, ChatForm, FolderForm, HandOverForm, QuestionForm

# The first question of a new chat.
ASK = Act(
    services.start_chat,
    form=QuestionForm,
    at="ask/",
    back="assistant:chats",
    then=lambda chat: chat,
)
# A further one, or another in the place of an earlier one.
SEND = Act(services.send_message, find=selectors.own_chat, form=QuestionForm, at="<uuid:chat_id>/send/")
REPEAT_ANSWER = Act(
    services.repeat_answer,
    find=selectors.own_message,
    form=AgainForm,
    at="messages/<uuid:chat_message_id>/repeat/",
    back=lambda message: message.chat,
    label=_("Answer again"),
    icon="retry",
    look="quiet",
)
STOP_ANSWER = Act(
    services.stop_answer,
    find=selectors.own_message,
    at="messages/<uuid:chat_message_id>/stop/",
    label=_("Stop"),
    icon="stop",
)
CONFIRM_CALL = Act(
    services.confirm_call,
    find=selectors.own_message,
    at="messages/<uuid:chat_message_id>/confirm-call/",
    label=_("Do it"),
    icon="check",
    look="primary",
)
DECLINE_CALL = Act(
    services.decline_call,
    find=selectors.own_message,
    at="messages/<uuid:chat_message_id>/decline-call/",
    label=_("Do not do it"),
    icon="close",
)
CHANGE_CHAT = Act(
    services.change_chat,
    find=selectors.own_chat,
    form=ChatForm,
    at="<uuid:chat_id>/change/",
    success=_("Saved."),
)
SHARE_CHAT = Act(
    services.share_chat,
    find=selectors.own_chat,
    at="<uuid:chat_id>/share/",
    success=_("Shared. Members of your organisation who have the link can read this chat."),
    label=pgettext_lazy("a chat", "Share"),
    icon="link",
    confirm=_(
        "Share this chat?\n"
        "Every member of your organisation who has the link can read it, also what you write later. "
        "Files you added stay private, but answers may quote them."
    ),
)
REVOKE_SHARE = Act(
    services.revoke_share,
    find=selectors.own_chat,
    at="<uuid:chat_id>/revoke-share/",
    success=_("The link no longer works."),
    label=_("Stop sharing"),
    icon="lock",
)
HAND_OVER = Act(
    services.hand_over,
    find=selectors.own_chat,
    form=HandOverForm,
    at="<uuid:chat_id>/hand-over/",
    then=lambda address: address,
)
DELETE_CHAT = delete_act(
    services.delete_chat,
    find=selectors.own_chat,
    at="<uuid:chat_id>/delete/",
    success=_("The chat was deleted."),
    back="assistant:chats",
    confirm=_("Delete this chat?\nIts messages and files are deleted for good."),
)
DELETE_FILE = delete_act(
    services.delete_file,
    find=selectors.own_file,
    at="files/<uuid:chat_file_id>/delete/",
    success=_("The file was removed."),
    back=lambda file: file.chat,
)
CREATE_FOLDER = Act(
    services.create_folder,
    form=FolderForm,
    at="folders/create/",
    success=_("The folder was created."),
    stays=True,
    back="assistant:chats",
    label=_("New folder"),
    icon="plus",
)
DELETE_FOLDER = delete_act(
    services.delete_folder,
    find=selectors.own_folder,
    at="folders/<uuid:chat_folder_id>/delete/",
    success=_("The folder was deleted. Its chats are kept."),
    stays=True,
    back="assistant:chats",
    confirm=_("Delete this folder?\nThe chats in it are kept."),
)
