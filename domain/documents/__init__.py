"""Files of strangers → blocks of Markdown. Knows neither Django nor settings: a bounded child imports it."""
