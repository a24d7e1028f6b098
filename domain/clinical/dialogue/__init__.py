"""What questions and answers say, clause by clause, in English and Chinese, and how a record words it."""
