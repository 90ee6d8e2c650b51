"""What programs write of themselves and of the sender within a stream, beside what is heard."""


def without_comments(headers):
    """The three headers of Vorbis, as containers hold them, the second of which is for comments."""
    place, sizes = 1, []
    for _ in range(2):
        size = 0
        while headers[place] == 255:
            size, place = size + 255, place + 1
        sizes.append(size + headers[place])
        place += 1
    first, last = headers[place : place + sizes[0]], headers[place + sum(sizes) :]
    empty = b"\x03vorbis" + bytes(8) + b"\x01"
    return bytes([2, len(first), len(empty)]) + first + empty + last
