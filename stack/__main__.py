import sys

from pydantic import ValidationError

from stack.errors import unusable_settings

try:
    from stack.command import main
except ValidationError as error:
    # The modules of `config` read the environment when they are imported.
    sys.exit(unusable_settings(error))

if __name__ == "__main__":
    sys.exit(main())
