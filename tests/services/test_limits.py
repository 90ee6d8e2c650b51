"""What one visitor can ask of the real nginx and gunicorn, and neither upset nor hold up others."""

import contextlib
import json
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from services.servers import wait_for
from services.sites import answer_on
from services.test_every_path import get, put

MEGABYTE = 1024 * 1024
LENGTH = 40 * MEGABYTE  # of an upload that never ends
AT_ONCE = 40  # limit_conn of deploy/nginx.conf


@pytest.fixture(scope="module")
def site(make_site):
    """One of its own: who has used up the limits of an address is refused for a while."""
    site = make_site("limits")
    for name in ("owner", "staff", "idle"):
        site.visitor(name)
    return site


@pytest.fixture
def slow():
    """slow(call, ...) keeps what the calls return until the test is over: connections."""
    with contextlib.ExitStack() as stack:
        yield lambda calls: [stack.enter_context(call()) for call in calls]


def on_disk(site):
    """Bytes of bodies that nginx holds."""
    folder = site.app.folder / "nginx_client_body"
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def refused(connections):
    """The answers on those connections that have one within a second."""
    time.sleep(1)
    answers = []
    for connection in connections:
        connection.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            if connection.recv(1, 2):  # 2: MSG_PEEK
                connection.setblocking(True)
                answers.append(answer_on(connection))
    return answers


def test_upload_of_nobody_is_refused_before_it_is_on_disk(site, slow):
    visitor = site.visitor()
    starts = [lambda: visitor.part_of_upload("/videos/new/", 2 * MEGABYTE, LENGTH)] * 16
    answers = refused(slow(starts))
    assert [answer.status for answer in answers] == [413] * 16
    assert all("Log in first" in answer.body for answer in answers)
    assert on_disk(site) == 0


def test_body_of_nobody_without_a_length(site):
    answer = site.visitor().post("/videos/new/", data=iter([bytes(MEGABYTE)] * 3))
    assert answer.status_code == 413
    assert "Log in first" in answer.text


def test_nginx_answers_programs_in_json(site, slow):
    """What upload.js shows at the file; people get pages, in the dress of the site."""
    asked = {"Accept": "application/json"}
    owner, nobody = site.visitor("owner"), site.visitor()
    too_large = owner.post("/videos/new/", data=iter([bytes(MEGABYTE)] * 51), headers=asked)
    anonymous = nobody.post("/videos/new/", data=bytes(2 * MEGABYTE), headers=asked)
    for answer, word in ((too_large, "50 MB"), (anonymous, "Log in")):
        assert answer.status_code == 413
        assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
        (said,) = answer.json()["errors"]["__all__"]
        assert word in said
    page = nobody.post("/videos/new/", data=bytes(2 * MEGABYTE))
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    (css,) = re.findall('rel="stylesheet" href="([^"]+)"', page.text)
    assert site.visitor().get(css).status_code == 200
    assert site.visitor().get("/_errors/413.html").status_code == 404


@pytest.mark.parametrize("path", ["/accounts/login/", "/admin/login/"])
def test_no_upload_where_passwords_are_sent(site, path):
    answer = site.visitor("owner").post(path, data=bytes(2 * MEGABYTE))
    assert answer.status_code == 413


def test_token_of_an_api_is_somebody(site):
    """The site itself asks for a login then, and nginx lets it."""
    token = {"Authorization": "Bearer x"}
    answer = site.visitor().post("/videos/new/", data=bytes(2 * MEGABYTE), headers=token)
    assert answer.status_code in (302, 403)


def test_uploads_of_one_address(site, slow):
    """As many as an office may send. Whoever has a cookie is let through: it may be made up."""
    visitor = site.visitor()
    visitor.cookies["sessionid"] = "made-up"
    starts = [lambda: visitor.part_of_upload("/videos/new/", MEGABYTE, LENGTH)] * (AT_ONCE + 5)
    answers = refused(slow(starts))
    assert [answer.status for answer in answers] == [429] * 5
    for answer in answers:
        assert "Too many at once" in answer.body
        assert answer.headers["Retry-After"] == "60"
    asked = {"Accept": "application/json"}
    start = visitor.part_of_upload("/videos/new/", MEGABYTE, LENGTH, headers=asked)
    answer = answer_on(start)
    assert (answer.status, list(json.loads(answer.body)["errors"])) == (429, ["__all__"])
    assert site.visitor("owner").get("/").status_code == 200  # looking does not count


def test_office_behind_one_address_uploads(site, samples):
    def upload(number):
        return put(site.visitor("owner"), samples, "documents", "sheet.csv", f"number {number}")

    with ThreadPoolExecutor(12) as pool:
        assert len(set(pool.map(upload, range(12)))) == 12


def test_visitors_behind_a_load_balancer(make_site, slow):
    """With its address named as the comment in deploy/nginx.conf says, each counts alone."""
    site = make_site("balanced", start=False)
    text = site.front.conf.read_text()
    (lines,) = re.findall(r"^ +# +(set_real_ip_from .*; real_ip_header .*;)$", text, re.MULTILINE)
    lines = lines.replace("10.0.0.0/8", "127.0.0.1")
    site.front.conf.write_text(text.replace("http {", "http {\n" + lines, 1))
    site.start()
    try:
        visitor = site.visitor()
        visitor.cookies["sessionid"] = "made-up"

        def start(number):
            address = {"X-Forwarded-For": f"192.0.2.{number % 30}"}
            return visitor.part_of_upload("/videos/new/", 1000, LENGTH, headers=address)

        starts = [lambda n=n: start(n) for n in range(AT_ONCE + 10)]
        connections = slow(starts)
        assert refused(connections) == []
        assert refused(slow([lambda: start(0)] * AT_ONCE))[0].status == 429
    finally:
        site.stop()


@pytest.mark.parametrize("who", [None, "owner"])
@pytest.mark.parametrize(
    "parameter",
    [
        *["charset=idna", "charset=rot13", "charset=hex", "charset=undefined", "charset=base64"],
        *["charset=punycode", "charset*=nosuch''x", "charset*=nosuch''%41"],
    ],
)
def test_charsets_that_are_none(site, who, parameter):
    visitor = site.visitor(who)
    kind = {"Content-Type": f"multipart/form-data; boundary=x; {parameter}"}
    body = b'--x\r\nContent-Disposition: form-data; name="title"\r\n\r\na\r\n--x--\r\n'
    answer = visitor.post("/documents/new/", body, headers=visitor.form_headers | kind)
    assert answer.status_code == (400 if who else 302)
    assert "<h1>" in answer.text or not who
    assert visitor.get("/photos/?before=%C3%A9", headers=kind).status_code == 404


@pytest.mark.parametrize("kind", ["disk", "postgresql"])
def test_nul(get_site, kind):
    """nginx itself refuses it in a path; in a search or a cookie, the database would."""
    site = get_site(kind)
    staff = site.visitor("staff")
    for cookie in ('sessionid="\\000aaaaaaaa"', 'sessionid="aaaaaaaa\\000"; csrftoken="\\000"'):
        headers = {"Cookie": cookie}
        assert site.visitor().get("/", headers=headers).status_code == 200
        answer = site.visitor().get("/photos/new/", headers=headers)
        assert (answer.status_code, answer.headers["Location"][:16]) == (302, "/accounts/login/")
    for path in ("/admin/library/photo/%00/change/", "/%00/"):
        assert staff.get(path).status_code in (400, 404)
    for path in ("/admin/library/photo/?q=%00", "/photos/?before=%00", "/private/x?a=%00"):
        answer = staff.get(path)
        assert answer.status_code == 400
        assert "<h1>Not understood</h1>" in answer.text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/private/" + "a" * 4000, 302),
        ("/private/x?" + "&" * 4000, 302),  # each of them is three characters in the redirect
        ("/photos/new/?" + "/" * 4000, 302),
        ("/private/" + "a" * 6000, 414),
        ("/private/" + "a" * 9000, 414),
    ],
    ids=lambda value: str(value)[:20],
)
def test_long_address_behind_the_login(site, path, status):
    answer = site.visitor().get(path)
    assert answer.status_code == status
    if status == 302:
        assert len(answer.headers["Location"]) > 4000
        assert site.visitor().get(answer.headers["Location"]).status_code in (200, 400, 414)
    else:
        assert re.search("too l(ong|arge)", answer.text)


@pytest.mark.parametrize(("pages", "name"), [("photos", "small.jpg"), ("videos", "film.mp4")])
def test_part_that_is_not_there(site, samples, pages, name):
    owner = site.visitor("owner")
    _, address = put(owner, samples, pages, name)
    for asked in ("bytes=9000000-", "bytes=x"):
        answer = get(owner, address, Range=asked)
        assert answer.status_code == 416
        assert "immutable" not in answer.headers.get("Cache-Control", "")
        lines = [header.lower() for header, _ in answer.raw.headers.items()]
        assert len(lines) == len(set(lines))
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    for asked in ("bytes=0-", "bytes=0-99", "bytes=100-199"):
        assert get(owner, address, Range=asked).status_code == 206
    if pages == "photos":
        kept = get(owner, address, Range="bytes=0-").headers["Cache-Control"]
        assert kept == get(owner, address).headers["Cache-Control"]
        assert "immutable" in kept


def test_redirect_below_media_is_not_kept(site, samples):
    put(site.visitor("owner"), samples, "photos", "small.jpg")
    answer = site.visitor().get("/media/photos")
    assert answer.status_code == 301
    assert "Cache-Control" not in answer.headers


def test_lists_of_somebody_are_private(site):
    for page in ("/", "/documents/", "/photos/", "/accounts/profile/"):
        assert site.visitor("owner").get(page).headers["Cache-Control"] == "private, no-cache"
    assert "Cache-Control" not in site.visitor().get("/photos/").headers


def test_office_that_arrives_together(site):
    """Eight people log in at once: none is refused, and the last of them waits a few seconds."""

    def log_in(_):
        site.visitor().login("owner")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(log_in, range(8)))


def test_wrong_passwords_hold_up_nobody(site):
    """Forty at once; last, since this address may try none for a while."""
    answers, over = [], threading.Event()

    def guess(path):
        visitor = site.visitor()
        visitor.get(path)
        with contextlib.suppress(requests.ReadTimeout):  # it waits for its turn
            wrong = {"username": "owner", "password": "wrong"}
            answers.append(visitor.send_form(path, wrong, timeout=6))

    def look():
        waited = []
        while not over.is_set():
            started = time.monotonic()
            assert site.visitor().get("/").status_code == 200
            waited.append(time.monotonic() - started)
        return max(waited)

    with ThreadPoolExecutor(41) as pool:
        looking = pool.submit(look)
        paths = ["/accounts/login/", "/admin/login/"] * 20
        list(pool.map(guess, paths))
        over.set()
        slowest = looking.result()
    assert slowest < 3, slowest
    told = [answer for answer in answers if answer.status_code == 429]
    assert len(told) >= 15
    looked_at = [answer for answer in answers if answer.status_code == 200]
    assert len(looked_at) <= 14  # four, and one a second; fewer are done on a busy machine
    assert len(told) + len(looked_at) == len(answers)
    assert all("try again in a minute" in answer.text for answer in told)
    wait_for(lambda: site.visitor().get("/accounts/login/").status_code == 200, "the login page")
