"""Files of strangers → blocks of Markdown. Runs as a process of its own with little memory and time.

python -m apps.knowledge.reading FILE NAME
"""
