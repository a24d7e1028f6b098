from django.urls import path

from apps.customer_service.views import channels, chat, conversations, figures, intents, regression

app_name = "customer_service"
urlpatterns = [
    path("c/<slug:slug>/", chat.chat, name="chat"),
    path("conversations/", conversations.conversations, name="conversations"),
    path("conversations/<uuid:conversation_id>/", conversations.conversation, name="conversation"),
    path("conversations/<uuid:conversation_id>/reply/", conversations.reply, name="reply"),
    path("conversations/<uuid:conversation_id>/<slug:action>/", conversations.act, name="act"),
    path("conversations/channels/", channels.channels, name="channels"),
    path("conversations/channels/new/", channels.new_channel, name="new_channel"),
    path("conversations/channels/<uuid:channel_id>/", channels.channel, name="channel"),
    path("conversations/intents/", intents.intent_list, name="intents"),
    path("conversations/intents/new/", intents.create_intent, name="create_intent"),
    path("conversations/intents/train/", intents.train_intents, name="train_intents"),
    path("conversations/intents/<uuid:intent_id>/", intents.change_intent, name="intent"),
    path("conversations/intents/<uuid:intent_id>/delete/", intents.delete_intent, name="delete_intent"),
    path(
        "conversations/intents/versions/<uuid:classifier_version_id>/restore/",
        intents.restore_classifier,
        name="restore_classifier",
    ),
    path("conversations/figures/", figures.figures, name="figures"),
    path("conversations/figures/export/<slug:file_type>/", figures.export_figures, name="export_figures"),
    path(
        "conversations/figures/conversations/<slug:file_type>/",
        figures.export_conversations,
        name="export_conversations",
    ),
    path("conversations/figures/unanswered/", figures.unanswered_questions, name="unanswered"),
    path("conversations/figures/unanswered/group/", figures.cluster_unanswered, name="cluster_unanswered"),
    path("conversations/figures/unanswered/dismiss/", figures.dismiss_question, name="dismiss_question"),
    path("conversations/regression/", regression.regression, name="regression"),
    path("conversations/regression/questions/new/", regression.new_question, name="new_regression_question"),
    path("conversations/regression/questions/import/", regression.import_questions, name="import_questions"),
    path("conversations/regression/questions/export/", regression.export_questions, name="export_questions"),
    path(
        "conversations/regression/questions/<uuid:regression_question_id>/",
        regression.question,
        name="regression_question",
    ),
    path(
        "conversations/regression/questions/<uuid:regression_question_id>/delete/",
        regression.delete_question,
        name="delete_regression_question",
    ),
    path(
        "conversations/regression/channels/<uuid:channel_id>/run/",
        regression.new_run,
        name="new_regression_run",
    ),
    path("conversations/regression/runs/<uuid:regression_run_id>/", regression.run, name="regression_run"),
    path(
        "conversations/regression/runs/<uuid:regression_run_id>/compare/",
        regression.compare_runs,
        name="compare_regression_runs",
    ),
    path(
        "conversations/regression/runs/<uuid:regression_run_id>/apply/",
        regression.apply_run,
        name="apply_regression_run",
    ),
    path(
        "conversations/regression/runs/<uuid:regression_run_id>/cancel/",
        regression.cancel_run,
        name="cancel_regression_run",
    ),
    path(
        "conversations/regression/runs/<uuid:regression_run_id>/continue/",
        regression.continue_run,
        name="continue_regression_run",
    ),
]
