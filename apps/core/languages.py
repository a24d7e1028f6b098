"""The languages of the interface and of generated text."""

CHOICES = [("zh-hans", "简体中文"), ("en", "English")]
# How prompts name them.
NAMES_FOR_MODELS = {"zh-hans": "Simplified Chinese (简体中文)", "en": "English"}
