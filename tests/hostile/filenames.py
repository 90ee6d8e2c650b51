"""A good picture under names that break things: none of it reaches the storage."""

import functools

from .build import drawn, encoded
from .case import NOT_ACCEPTED, Case

EMPTY = "This field is required"
TOO_LONG = "bytes; 255 is the most"


@functools.cache
def jpeg():
    return encoded(drawn((64, 64)), "JPEG")


TAKEN = {  # name: title
    "photo.jpg": "photo",
    "PHOTO.JPG": "PHOTO",
    "photo.jpeg": "photo",
    "photo.jfif": "photo",
    "two words.jpg": "two words",
    "Straße in Århus.jpg": "Straße in Århus",
    "e\u0301.jpg": "e\u0301",
    "фото из отпуска.jpg": "фото из отпуска",
    "写真.jpg": "写真",
    "사진.jpg": "사진",
    "صورة.jpg": "صورة",
    "🦊🌄.jpg": "🦊🌄",
    "👩‍👩‍👧.jpg": None,
    "\u202egpj.exe.jpg": "gpj.exe",
    "a\u202eb.jpg": "ab",
    "\ufeffbom.jpg": None,
    "zero\u200bwidth.jpg": None,
    "x.php.jpg": "x.php",
    "x.html.jpg": "x.html",
    ".htaccess.jpg": ".htaccess",
    "..jpg": None,
    "...jpg": None,
    "CON.jpg": "CON",
    "NUL.jpg": "NUL",
    "COM1.jpg": "COM1",
    "aux.png.jpg": "aux.png",
    "-rf.jpg": "-rf",
    "--help.jpg": "--help",
    "~root.jpg": "~root",
    "$(touch x).jpg": "$(touch x)",
    "`id`.jpg": "`id`",
    "%2e%2e%2fetc.jpg": "%2e%2e%2fetc",
    "..%2f..%2fpasswd.jpg": "..%2f..%2fpasswd",
    "../../etc/passwd.jpg": "passwd",
    "/etc/passwd.jpg": "passwd",
    "C:\\Users\\me\\photo.jpg": "photo",
    "\\\\server\\share\\photo.jpg": "photo",
    "a;b.jpg": None,
    "a\tb.jpg": "ab",
    "a\x01\x1b[31mb.jpg": None,
    "x' OR '1'='1.jpg": "x' OR '1'='1",
    '"; DROP TABLE library_photo; --.jpg': None,
    "<script>alert(1)<!script>.jpg": "<script>alert(1)<!script>",
    "{{ settings.SECRET_KEY }}.jpg": "{{ settings.SECRET_KEY }}",
    "{% debug %}.jpg": "{% debug %}",
    "a\r\nSet-Cookie: x=y.jpg": None,
    " photo.jpg": None,
    "x" * 251 + ".jpg": "x" * 251,
    "写" * 83 + ".jpg": "写" * 83,
}
REFUSED = {  # name: what is said
    "": EMPTY,
    ".": EMPTY,
    "..": EMPTY,
    "jpg": "A file without an extension is not accepted",
    "photo": "A file without an extension is not accepted",
    ".jpg": "A file without an extension is not accepted",
    ".htaccess": "without an extension is not accepted",
    "photo.jpg.": "accepted",
    "photo.jpg.exe": NOT_ACCEPTED,
    "photo.php": NOT_ACCEPTED,
    "photo.jpg/": EMPTY,
    "photo.jpg::$DATA": NOT_ACCEPTED,
    "photo.jpg%00.php": NOT_ACCEPTED,
    "photo.jpg;.php": NOT_ACCEPTED,
    "photo.ＪＰＧ": NOT_ACCEPTED,
    "写" * 100 + ".jpg": TOO_LONG,
    "🦊" * 70 + ".jpg": TOO_LONG,
    "é" * 130 + ".jpg": TOO_LONG,
    "x." + "y" * 200: NOT_ACCEPTED,
}
BYTES = [
    # Django takes names in UTF-8 only, as browsers send them.
    Case("name in Latin-1", jpeg, "été.jpg".encode("latin-1"), EMPTY),
    Case("name in Shift-JIS", jpeg, "写真.jpg".encode("shift-jis"), EMPTY),
    Case("name of broken UTF-8", jpeg, b"\xc3\x28\xf0\x9f.jpg", EMPTY),
    Case("name with an overlong slash", jpeg, b"..\xc0\xafetc.jpg", EMPTY),
    Case("name with a zero byte in front of .php", jpeg, b"a.jpg\0.php", NOT_ACCEPTED),
    Case("name with a zero byte in front of .jpg", jpeg, b"a.php\0.jpg"),
    Case("name with a quote in it", jpeg, b'a\\"b.jpg'),
    Case("name with a bare quote", jpeg, b'a"b.jpg'),
    Case("name of 4,000 bytes", jpeg, b"x" * 4000 + b".jpg", "can't be read"),
    Case("name with an extension of 4,000 bytes", jpeg, b"x." + b"y" * 4000, "can't be read"),
    Case("name of 100,000 bytes", jpeg, b"x" * 100_000 + b".jpg", "can't be read"),
]
CASES = [
    *(Case(f"name {name[:40]!r}", jpeg, name, title=title) for name, title in TAKEN.items()),
    *(Case(f"name {name[:40]!r}", jpeg, name, says) for name, says in REFUSED.items()),
    *BYTES,
]
