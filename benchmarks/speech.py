"""Time and memory of each speech implementation and model size on the same recordings, one after the other."""

import json
import os
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

from benchmarks.recorded import espeak
from benchmarks.speech_models import models_directory
from stack.layout import PROJECT_ROOT

COMMAND = "bench speech"
ENGINES = ("faster-whisper", "openai-whisper")
SENTENCES = {
    "en": "The patient was given one hundred milligrams in the morning. Please call back on Monday, as the "
    "results of the second examination are not here yet. The order was shipped on the third of May. ",
    "cmn": "病人早上服用了一百二十毫克。请星期一再打电话来,第二次检查的结果还没有出来。您的订单已经在五月三日发货。",
}
REPEATS = 3


def run(
    data: Annotated[Path | None, "directory with recordings (default: spoken by espeak-ng)"] = None,
) -> dict[str, Any]:
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="kongming-bench-") as directory:
        recordings = data or Path(directory)
        for voice, text in SENTENCES.items() if data is None else ():
            espeak(voice, text * REPEATS, recordings / f"{voice}.wav")
        for folder in sorted(path.parent for path in models_directory().glob("*/model.bin")):
            size = folder.name.removeprefix("whisper-")
            for engine in ENGINES:
                suffix = f"{engine.replace('-', '_')}_{size}"
                measured = _measure(engine, folder, recordings)
                figures |= {f"{key}_{suffix}": value for key, value in measured.items()}
            default, reference = (figures[f"seconds_{each.replace('-', '_')}_{size}"] for each in ENGINES)
            figures[f"speedup_{size}"] = round(reference / default, 2)
    return figures


def _measure(engine: str, folder: Path, recordings: Path) -> dict[str, float]:
    """In a process of its own: its memory is that of one implementation."""
    sys.stderr.write(f"{engine}, {folder.name} …\n")
    command = [sys.executable, "-m", "benchmarks.speech_models", engine, str(folder), str(recordings)]
    process = subprocess.run(
        command, env=os.environ | _package_path(engine), cwd=PROJECT_ROOT, stdout=subprocess.PIPE, check=False
    )
    if process.returncode:
        raise SystemExit(f"{engine} could not be measured.")
    figures: dict[str, float] = json.loads(process.stdout)
    return figures


def _package_path(engine: str) -> dict[str, str]:
    """torch is heavy and optional: it stays out of .venv unless somebody wants it there."""
    if engine != "openai-whisper" or find_spec("whisper"):
        return {}
    target = Path(os.environ["KONGMING_STATE_DIR"]) / "engines" / "openai-whisper"
    if not (target / "whisper").is_dir():
        sys.stderr.write(f"Installing openai-whisper into {target}, once\n")
        requirements = PROJECT_ROOT / "requirements" / "openai-whisper.txt"
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(target)]
        command += ["--no-deps", "--require-hashes", "-r", str(requirements)]
        if subprocess.run(command, check=False).returncode:
            raise SystemExit("openai-whisper could not be installed: see above.")
    return {"PYTHONPATH": str(target)}
