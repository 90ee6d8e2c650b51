"""PDFs for tests, made here: good ones, and such as nobody should have to open."""

import zlib

A4 = "0 0 595 842"
RED = b"1 0 0 rg 0 0 9999 9999 re f"  # all of the page


def document(
    *more, pages=1, box=A4, content=RED, shows=3, page="", first="", catalog="", trailer=""
):
    """The bytes of a PDF of `pages` pages that all show `content`, or the object `shows`.

    They are as large as `box`, in points; the `first` may have a box of its own.

    `more` are objects beside these, the first of them number 10; what is written into a page, the
    catalog and the trailer is PDF's own language.
    """
    kids = [10 + len(more) + number for number in range(pages)]
    one = f"<</Type/Page/Parent 2 0 R/MediaBox[{box}]/Contents {shows} 0 R{page}>>".encode()
    objects = {
        1: f"<</Type/Catalog/Pages 2 0 R{catalog}>>".encode(),
        2: f"<</Type/Pages/Count {pages}/Kids[{' '.join(f'{n} 0 R' for n in kids)}]>>".encode(),
        3: stream(content),
        **dict(enumerate(more, 10)),
        **dict.fromkeys(kids, one),
    }
    if first:
        objects[kids[0]] = one.replace(box.encode(), first.encode(), 1)
    return written(objects, trailer)


def stream(content, entries=""):
    return b"<</Length %d%s>>stream\n%s\nendstream" % (len(content), entries.encode(), content)


def packed(content, entries=""):
    return stream(zlib.compress(content, 1), f"/Filter/FlateDecode{entries}")


def written(objects, trailer=""):
    """A file of these objects, {number: bytes}; number 1 is its catalog."""
    out, places = bytearray(b"%PDF-1.7\n"), {}
    for number, content in objects.items():
        places[number] = len(out)
        out += b"%d 0 obj%s endobj\n" % (number, content)
    start, size = len(out), max(objects) + 1
    table = b"".join(
        b"%010d 00000 n \n" % places[n] if n in places else b"0000000000 65535 f \n"
        for n in range(size)
    )
    out += b"xref\n0 %d\n%s" % (size, table)
    out += b"trailer<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n" % (
        size,
        trailer.encode(),
        start,
    )
    return bytes(out)


def image(side, bits=8):
    """An object: a grey picture of so many pixels on each side, all of them black."""
    entries = f"/Type/XObject/Subtype/Image/Width {side}/Height {side}/ColorSpace/DeviceGray"
    return packed(bytes(side * side * bits // 8), f"{entries}/BitsPerComponent {bits}")


def shown(number, name="X"):
    """What a page says to have an XObject at hand, and a content that draws it over all of it."""
    return {
        "page": f"/Resources<</XObject<</{name} {number} 0 R>>>>",
        "content": f"q 595 0 0 842 0 0 cm /{name} Do Q".encode(),
    }


def form(content, entries=""):
    return stream(content, f"/Type/XObject/Subtype/Form/BBox[0 0 9 9]{entries}")


ITSELF = form(b"/X Do /X Do", "/Resources<</XObject<</X 10 0 R>>>>")
SCRIPT = (
    "/OpenAction<</S/JavaScript/JS(while(true){app.alert(1)})>>/AA<</O<</S/URI/URI(http://a)>>>>"
)
LOCKED = f"/Encrypt<</Filter/Standard/V 1/R 2/P -4/O({'o' * 32})/U({'u' * 32})>>/ID[(a)(b)]"
TILES = stream(
    b"0 0 1 1 re f",
    "/Type/Pattern/PatternType 1/PaintType 1/TilingType 1/BBox[0 0 1 1]/XStep 0.001/YStep 0.001"
    "/Resources<<>>",
)

# {what it is: what makes it}: their first page may be shown or not, and that is all.
ODD = {
    "10,000 pages": lambda: document(pages=10_000),
    "a page like a city": lambda: document(box="0 0 2000000 3000000"),
    "a page like an atom": lambda: document(box="0 0 0.001 0.002"),
    "a page that is a line": lambda: document(box="0 0 1000000 1"),
    "a page of no size": lambda: document(box="0 0 0 0"),
    "a page upside down": lambda: document(box="595 842 0 0", page="/Rotate 90"),
    "sizes that are no numbers": lambda: document(box="a (b) null /c"),
    "units of its own": lambda: document(page="/UserUnit 1e30"),
    "a script": lambda: document(catalog=SCRIPT),
    "a password": lambda: document(trailer=LOCKED),
    "no page": lambda: document(pages=0),
    "pages that are their own parents": lambda: document(catalog="/Pages 1 0 R"),
    "no objects": lambda: b"%PDF-1.7\n%%EOF\n",
    "its first half": lambda: document(image(300), **shown(10))[:600],
    "a form within itself": lambda: document(ITSELF, **shown(10)),
    "a picture of 100 megapixels": lambda: document(image(10_000), **shown(10)),
    "content that unpacks to 100 MB": lambda: document(
        packed(b"0 0 m 9 9 l S\n" * 7_000_000), shows=10
    ),
    "a hundred million tiles": lambda: document(
        TILES,
        page="/Resources<</Pattern<</P 10 0 R>>>>",
        content=b"/Pattern cs /P scn 0 0 9999 9999 re f",
    ),
    "a million lines": lambda: document(content=b"0 0 m 595 842 l 0 842 l 595 0 l S\n" * 250_000),
}
