from pathlib import Path

import numpy as np
import pytest

from llm_backend.speech import errors
from llm_backend.speech.ctranslate2_file import openai_state, read_tensors


@pytest.mark.model
def test_every_tensor_gets_its_name_in_openais_model(whisper_folder: Path) -> None:
    tensors = read_tensors(whisper_folder / "model.bin")
    state = openai_state(tensors)
    assert state["decoder.token_embedding.weight"].shape == (51865, 512)
    assert state["encoder.blocks.5.attn.value.weight"].shape == (512, 512)
    assert "decoder.blocks.0.cross_attn.key.bias" not in state
    fused = tensors["decoder/layer_2/attention/linear_1/weight"].astype(np.float32)
    joined = [state[f"decoder.blocks.2.cross_attn.{name}.weight"] for name in ("key", "value")]
    assert np.array_equal(np.concatenate(joined), fused)
    assert sum(tensor.size for tensor in state.values()) == pytest.approx(72_593_920, rel=0.03)


def test_another_kind_of_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.bin"
    path.write_bytes(b"\x06\0\0\0\x05\0Bert\0" + b"\0" * 8)
    with pytest.raises(errors.SpeechModelMissing, match="no Whisper model"):
        read_tensors(path)
