"""A desk that a package brings: what a folder of `apps` has, and its templates beside it."""
