import gc

# A start makes a million objects that stay: by the usual 700 the collector walks them again and again, a fifth of its time.
gc.set_threshold(20_000, 20, 50)
