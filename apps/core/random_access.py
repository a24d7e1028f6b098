"""A file that is read from any place, whatever holds its content."""

import io


class RandomAccessFile(io.RawIOBase):
    """Place and length; a class below it reads at `_position`, and moves it."""

    _position = 0
    _length = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        begin = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._length}[whence]
        if begin + offset < 0:
            raise OSError("before the beginning")
        self._position = begin + offset
        return self._position
