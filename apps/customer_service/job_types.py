from django.utils.translation import gettext_lazy as _

from apps.jobs import job_types

ANSWER_MESSAGE = job_types.register(
    job_types.JobType(
        "customer_service.answer_message",
        queue="interactive",
        label=_("Answer a visitor"),
        stages={
            "searching": _("Searching the documents"),
            "looking_up": _("Looking up"),
            "reading": _("Reading the results"),
            "writing": _("Writing the answer"),
        },
        may_see=job_types.holders_of("conversations.view"),
        may_cancel=job_types.holders_of("conversations.reply"),
    )
)
TRAIN_CLASSIFIERS = job_types.register(
    job_types.JobType(
        "customer_service.train_classifiers",
        queue="batch",
        label=_("Train intents and sentiment"),
        is_repeatable=True,
        stages={"embedding": _("Embedding the examples"), "learning": _("Learning from the examples")},
        may_see=job_types.holders_of("conversations.view"),
        may_cancel=job_types.holders_of("conversations.manage"),
    )
)
WRITE_DOWN_VOICE = job_types.register(
    job_types.JobType(
        "customer_service.write_down_voice",
        queue="voice",
        label=_("Transcribe a voice message"),
        stages={"listening": _("Transcribing")},
        may_see=job_types.holders_of("conversations.view"),
        may_cancel=job_types.holders_of("conversations.reply"),
    )
)
PACK_HANDOFF = job_types.register(
    job_types.JobType(
        "customer_service.pack_handoff",
        queue="interactive",
        label=_("Summarise for the next agent"),
        max_attempts=2,
        may_see=job_types.holders_of("conversations.view"),
        may_cancel=job_types.holders_of("conversations.reply"),
    )
)
EMBED_CURATED_ANSWERS = job_types.register(
    job_types.JobType(
        "customer_service.embed_curated_answers",
        queue="batch",
        label=_("Embed saved answers"),
        is_repeatable=True,
        stages={"embedding": _("Embedding the questions")},
        may_see=job_types.holders_of("conversations.view"),
        may_cancel=job_types.holders_of("conversations.manage"),
    )
)
CLUSTER_UNANSWERED = job_types.register(
    job_types.JobType(
        "customer_service.cluster_unanswered",
        queue="batch",
        label=_("Group unanswered questions"),
        stages={"embedding": _("Embedding the questions"), "grouping": _("Grouping them by meaning")},
        may_see=job_types.holders_of("conversations.view"),
        may_cancel=job_types.holders_of("conversations.manage"),
    )
)
RUN_REGRESSION = job_types.register(
    job_types.JobType(
        "customer_service.run_regression",
        queue="batch",
        label=_("Run the evaluation"),
        is_repeatable=True,
        stages={"asking": _("Asking the questions")},
        may_see=job_types.holders_of("conversations.view"),
        may_cancel=job_types.holders_of("conversations.manage"),
    )
)
COPILOT = job_types.register(
    job_types.JobType(
        "customer_service.copilot",
        queue="interactive",
        label=_("Writing assistance"),
        # Somebody waits for it and can ask again.
        max_attempts=1,
        stages={"searching": _("Searching the documents"), "writing": _("Writing")},
        may_see=job_types.holders_of("conversations.view"),
        may_cancel=job_types.holders_of("conversations.reply"),
    )
)
SUMMARISE_CONVERSATION = job_types.register(
    job_types.JobType(
        "customer_service.summarise_conversation",
        queue="batch",
        label=_("Summarise a long conversation"),
        may_see=job_types.holders_of("conversations.view"),
        may_cancel=job_types.holders_of("conversations.reply"),
    )
)
CHOOSE_INTENTS = job_types.register(
    job_types.JobType(
        "customer_service.choose_intents",
        queue="batch",
        label=_("Classify unclear intents with the model"),
        max_attempts=1,
        may_see=job_types.holders_of("conversations.view"),
        may_cancel=job_types.holders_of("conversations.manage"),
    )
)
