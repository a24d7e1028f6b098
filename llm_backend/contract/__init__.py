"""What an engine must be able to do, asked of a real one: `python -m llm_backend.contract URL MODEL`."""
