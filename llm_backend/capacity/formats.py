"""How many bits an element takes in memory."""

from enum import StrEnum


class WeightFormat(StrEnum):
    FP32 = "fp32"
    BF16 = "bf16"
    FP8 = "fp8"
    INT8 = "int8"
    INT4 = "int4"

    @property
    def matrix_bits(self) -> float:
        """Bits for an element of a projection matrix, its share of the scales included."""
        return _MATRIX_BITS[self]

    @property
    def other_bits(self) -> int:
        """Embeddings, output head, routers, norms and biases stay in 16 bits when the matrices are quantised."""
        return 32 if self is WeightFormat.FP32 else 16


_MATRIX_BITS = {
    WeightFormat.FP32: 32.0,
    WeightFormat.BF16: 16.0,
    # One 32-bit scale for each block of 128 × 128: DeepSeek-V3, section 3.3.2.
    WeightFormat.FP8: 8 + 32 / 128**2,
    # One scale a channel is below 0.1 %, so it is left out.
    WeightFormat.INT8: 8.0,
    # AWQ and GPTQ with groups of 128: a 16-bit scale and a 4-bit zero for each group.
    WeightFormat.INT4: 4 + (16 + 4) / 128,
}


class CacheFormat(StrEnum):
    BF16 = "bf16"
    FP8 = "fp8"

    @property
    def bytes(self) -> int:
        return 2 if self is CacheFormat.BF16 else 1
