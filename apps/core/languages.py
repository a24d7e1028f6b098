"""The languages of the interface and of generated text."""

CHOICES = [("zh-hans", "简体中文"), ("en", "English")]
