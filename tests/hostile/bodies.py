"""Requests that are broken as such: form bodies, lengths and connections."""

from .build import drawn, encoded
from .site import IMAGES, multipart


def jpeg():
    return encoded(drawn((64, 64)), "JPEG")


def whole(site):
    return site.form(jpeg())


def fields(site, *files, count=0, **more):
    extra = {f"f{n}": "x" for n in range(count)}
    token = site.visitor.cookies["csrftoken"]
    return multipart({"csrfmiddlewaretoken": token, "title": "", **more, **extra}, files)


def kind(value):
    """The right body under another content type."""
    return lambda site: (whole(site)[0], value)


def changed(*pairs):
    """The right body with some bytes exchanged."""

    def make(site):
        body, content_type = whole(site)
        for old, new in pairs:
            assert old in body
            body = body.replace(old, new)
        return body, content_type

    return make


def nested(site):
    inner = (
        b"--inner\r\nContent-Disposition: file; filename=a.jpg\r\n\r\n" + jpeg() + b"\r\n--inner--"
    )
    body, content_type = fields(site)
    part = b'------limit\r\nContent-Disposition: form-data; name="image"\r\n'
    part += b"Content-Type: multipart/mixed; boundary=inner\r\n\r\n" + inner + b"\r\n"
    return part + body, content_type


IMAGE = b'name="image"; filename="photo.jpg"'
TYPE = b"Content-Type: application/octet-stream"
FORM = "multipart/form-data"
REQUIRED, UNREADABLE = (200, "This field is required"), (400, "This upload can't be read")
FORBIDDEN = (403, "")
ACCEPTED = (302, "")

# name: (what makes body and content type, status, what is said)
CASES = {
    "no boundary": (kind(FORM), *UNREADABLE),
    "empty boundary": (kind(f"{FORM}; boundary="), *UNREADABLE),
    "boundary of 300 bytes": (kind(f"{FORM}; boundary={'x' * 300}"), *UNREADABLE),
    "boundary with control characters": (kind(f"{FORM}; boundary=a\tb"), *UNREADABLE),
    "boundary that is not in the body": (kind(f"{FORM}; boundary=other"), *FORBIDDEN),
    "two boundaries": (kind(f"{FORM}; boundary=----limit; boundary=other"), 0, ""),
    "unknown charset": (kind(f"{FORM}; boundary=----limit; charset=klingon"), *ACCEPTED),
    "charset UTF-16": (kind(f"{FORM}; boundary=----limit; charset=utf-16"), 0, ""),
    "charset UTF-7": (kind(f"{FORM}; boundary=----limit; charset=utf-7"), 0, ""),
    "content type in other letters": (kind("Multipart/Form-Data; Boundary=----limit"), 0, ""),
    "content type mixed": (kind("multipart/mixed; boundary=----limit"), *FORBIDDEN),
    "content type JSON": (kind("application/json"), *FORBIDDEN),
    "content type of a form without files": (kind("application/x-www-form-urlencoded"), *FORBIDDEN),
    "content type missing": (kind(""), *FORBIDDEN),
    "empty body": (lambda site: (b"", f"{FORM}; boundary=x"), *FORBIDDEN),
    "body of nothing but the boundary": (
        lambda site: (b"--x", f"{FORM}; boundary=x"), *FORBIDDEN),
    "body of 2 MB of boundaries": (
        lambda site: (b"--x\r\n" * 400_000, f"{FORM}; boundary=x"), *UNREADABLE),
    "body of 5 MB without a line end": (
        lambda site: (b"y" * 5_000_000, f"{FORM}; boundary=x"), *UNREADABLE),
    "no end": (changed((b"------limit--\r\n", b"")), *REQUIRED),
    "junk behind the end": (
        lambda site: (whole(site)[0] + b"x" * 100, whole(site)[1]), *ACCEPTED),
    "two files in one field": (
        lambda site: fields(site, *[("image", f"{n}.jpg", jpeg()) for n in "ab"]), *ACCEPTED),
    "21 files in one field": (
        lambda site: fields(site, *[("image", f"{n}.jpg", jpeg()) for n in range(21)]),
        200, "20.jpg: These are 21 files; 20 at once is the most"),
    "101 files": (
        lambda site: fields(site, *[("image", f"{n}.jpg", jpeg()) for n in range(101)]),
        *UNREADABLE),
    "101 empty files in other fields": (
        lambda site: fields(site, *[(f"f{n}", "a.jpg", b"") for n in range(101)]), *UNREADABLE),
    "2,000 fields": (lambda site: fields(site, count=2000), *UNREADABLE),
    "a field of 3 MB": (lambda site: fields(site, more="x" * 3_000_000), *UNREADABLE),
    "a title of 2 MB": (
        lambda site: fields(site, ("image", "a.jpg", jpeg()), title="x" * 2_000_000),
        200, "at most 255 characters"),
    "a title with a zero byte": (
        lambda site: fields(site, ("image", "a.jpg", jpeg()), title="a\0b"),
        200, "Null characters"),
    "the same title twice": (
        changed((b'name="title"\r\n\r\n', b'name="title"\r\n\r\n\r\n------limit\r\n'
                 b'Content-Disposition: form-data; name="title"\r\n\r\n')), *ACCEPTED),
    "an empty file": (lambda site: site.form(b""), 200, "empty"),
    "no file": (lambda site: fields(site), *REQUIRED),
    "the file in another field": (lambda site: fields(site, ("x", "a.jpg", jpeg())), *REQUIRED),
    "the file as text": (changed((IMAGE, b'name="image"')), *REQUIRED),
    "no name": (changed((IMAGE, b'filename="photo.jpg"')), *REQUIRED),
    "no disposition": (
        changed((b"Content-Disposition: form-data; " + IMAGE, b"X-Nothing: at all")), *REQUIRED),
    "the file named in UTF-8 twice": (
        changed((IMAGE, IMAGE + b"; filename*=UTF-8''..%2f..%2fx.php")), 0, ""),
    "the file named in an unknown charset": (
        changed((IMAGE, b"name=\"image\"; filename*=klingon''a.jpg")), 0, ""),
    "a header of 1 MB in a part": (
        changed((TYPE, TYPE + b"\r\nX-Long: " + b"x" * 1_000_000)), 0, ""),
    "20,000 headers in a part": (changed((TYPE, TYPE + b"\r\nX-Y: z" * 20_000)), 0, ""),
    "a file of another content type": (changed((TYPE, b"Content-Type: text/html")), *ACCEPTED),
    "a file of no content type": (changed((TYPE, b"Content-Type:")), *ACCEPTED),
    "a file of a type with a broken charset": (
        changed((TYPE, b'Content-Type: image/jpeg; charset="x\xff')), 0, ""),
    "a file in Base64 that is none": (
        changed((TYPE, TYPE + b"\r\nContent-Transfer-Encoding: base64")), 0, ""),
    "a file that says it is shorter": (changed((TYPE, TYPE + b"\r\nContent-Length: 5")), *ACCEPTED),
    "a file that says it has -1 bytes": (changed((TYPE, TYPE + b"\r\nContent-Length: -1")), 0, ""),
    "a form inside the form": (nested, 0, ""),
    "wrong token": (
        lambda site: multipart({"csrfmiddlewaretoken": "x"}, [("image", "a.jpg", jpeg())]),
        *FORBIDDEN),
}  # fmt: skip


def raw(*headers, body=b"x" * 1000, keep_open=False):
    """A request as it is: its answer must be one of a client's mistake."""

    def send(site):
        kind = f"Content-Type: {FORM}; boundary=----limit"
        return site.raw(site.head(IMAGES, kind, *headers) + body, keep_open)

    return send


# name: (what sends it, statuses that would do; 0 is a connection that was closed)
LENGTHS = {
    "negative length": (raw("Content-Length: -5"), {400}),
    "length in words": (raw("Content-Length: many"), {400}),
    "length with a plus": (raw("Content-Length: +1000"), {400}),
    "length of 40 digits": (raw("Content-Length: " + "9" * 40), {400, 413}),
    "length of 5,000 digits": (raw("Content-Length: " + "9" * 5000), {400, 413, 431}),
    "two lengths": (raw("Content-Length: 1000", "Content-Length: 5"), {400}),
    "no length": (raw(), {400, 403, 411}),
    "length and chunks": (
        raw("Content-Length: 1000", "Transfer-Encoding: chunked"), {0, 400, 403, 501}),
    "chunks that end": (
        raw("Transfer-Encoding: chunked", body=b"5\r\nhello\r\n0\r\n\r\n"), {400, 403, 411}),
    "chunks that don't": (raw("Transfer-Encoding: chunked", body=b"5\r\nhello\r\n"), {0, 400, 403}),
    "chunks that are none": (raw("Transfer-Encoding: chunked", body=b"zz\r\n"), {0, 400, 403}),
    "unknown transfer encoding": (raw("Transfer-Encoding: gzip"), {400, 403, 501}),
    "length of more than comes": (raw("Content-Length: 5000"), {0, 400, 403}),
    "length of less than comes": (raw("Content-Length: 10"), {400, 403}),
}  # fmt: skip
