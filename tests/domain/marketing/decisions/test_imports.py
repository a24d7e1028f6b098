"""What every process would pay for when a desk imports the package."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[4]
MODULES = sorted(path.stem for path in (ROOT / "domain/marketing/decisions").glob("[a-z]*.py"))


def test_learning_libraries_are_loaded_by_who_learns() -> None:
    imports = "; ".join(f"import domain.marketing.decisions.{name}" for name in MODULES)
    code = f"import sys; {imports}; print(*{{name.partition('.')[0] for name in sys.modules}})"

    loaded = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert len(MODULES) > 5
    assert not {"sklearn", "pandas", "django"} & set(loaded.stdout.split())
