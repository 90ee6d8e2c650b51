"""The first page of a PDF, drawn in a process of its own: apart.py calls this, and nothing else.

PDFium draws neither forms nor what scripts would add: this build has no engine for scripts.
"""

import pypdfium2

THINNEST = 0.05  # a page that is longer than twenty times its width is no picture to show


def first(file, side):
    """({"width", "height", "stride", "pages"}, RGB bytes) of the first page of a PDF.

    `file` is open for reading bytes, `side` the pixels of the page's longer side, `stride` the
    bytes of a row. Raises what PDFium and Python raise where there is no page to draw.
    """
    document = pypdfium2.PdfDocument(file)
    page = document[0]
    width, height = page.get_size()  # in points, turned as it is meant to be read
    shorter, longer = sorted((width, height))
    if not shorter >= THINNEST * longer > 0:
        raise ValueError(f"a page of {width} x {height} points")
    bitmap = page.render(scale=side / longer, may_draw_forms=False, rev_byteorder=True)
    size = {"width": bitmap.width, "height": bitmap.height, "stride": bitmap.stride}
    if bitmap.n_channels != 3 or max(bitmap.width, bitmap.height) > side + 1:
        raise ValueError(f"drawn as {size}, {bitmap.mode}")
    return size | {"pages": len(document)}, bytes(bitmap.buffer)
