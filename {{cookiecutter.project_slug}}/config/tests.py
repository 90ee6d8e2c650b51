"""What config/ asks of every request and says with every page."""

import io
import re
from wsgiref.util import setup_testing_defaults

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import reverse

from config import csp
from config.wsgi import application, makes_sense

pytestmark = pytest.mark.usefixtures("as_generated")


def through_wsgi(**environ):
    """The status of an answer; Django's own client makes its requests elsewhere."""
    environ |= {"HTTP_HOST": "testserver", "HTTP_X_FORWARDED_PROTO": "https"}
    setup_testing_defaults(environ)
    said = []
    application(environ, lambda status, headers: said.append(status)).close()
    return int(said[0].split()[0])


NONE = ["idna", "rot13", "hex", "undefined", "base64", "punycode", "utf-16", "utf-7"]


@pytest.mark.parametrize(
    "parameter",
    [
        *[f"charset={charset}" for charset in NONE],
        *["charset*=nosuch''x", "charset*=nosuch''%41", "charset*=utf-8''%00", "x*=nosuch''a"],
    ],
)
def test_content_type_that_makes_no_sense(parameter, db):
    asked = {"CONTENT_TYPE": f"multipart/form-data; boundary=x; {parameter}"}
    asked |= {"PATH_INFO": reverse("login"), "QUERY_STRING": "next=%C3%A9"}
    assert through_wsgi(**asked) == 200
    body = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nZo\xc3\xab\r\n--x--\r\n'
    asked |= {"REQUEST_METHOD": "POST", "CONTENT_LENGTH": str(len(body))}
    assert through_wsgi(**asked, **{"wsgi.input": io.BytesIO(body)}) == 400


@pytest.mark.parametrize(
    "charset", ["utf-8", "UTF8", "latin-1", "windows-1252", "shift_jis", "nosuch"]
)
def test_content_type_that_does(charset):
    assert makes_sense(f"multipart/form-data; boundary=x; charset={charset}")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/admin/accounts/user/%00/change/", 404),
        ("/%00/", 404),
        ("/admin/accounts/user/?q=%00", 400),
        ("/?before=%00", 400),
    ],
)
def test_nul_in_an_address(client, staff, path, status):
    client.force_login(staff)
    answer = client.get(path)
    assert answer.status_code == status
    assert f'<p class="code">{status}</p>' in answer.content.decode()


def test_nul_in_a_cookie_is_as_none(client, db):
    client.cookies["sessionid"] = "\0"
    request = client.get(reverse("overview")).wsgi_request
    assert "sessionid" not in request.COOKIES


def test_pages_of_somebody_are_kept_by_nobody_else(client, user):
    pages = [reverse(name) for name in ("overview", "profile")]
    assert "Cache-Control" not in client.get(pages[0]).headers
    client.force_login(user)
    for page in pages:
        assert client.get(page).headers["Cache-Control"] == "private, no-cache"
    assert "Cache-Control" not in client.get(reverse("health")).headers


PLAIN = "img-src 'self' blob:; media-src 'self' blob:"
POLICIES = [  # MEDIA_URL, endpoint of a bucket, what pages may show
    ("/media/", None, PLAIN),
    ("https://cdn.example.com/a/", None, PLAIN.replace("blob:", "blob: https://cdn.example.com")),
    (
        "/media/",
        "http://s3.test:9000",
        PLAIN.replace("blob:", "blob: http://*.s3.test:9000 http://s3.test:9000"),
    ),
]


@pytest.mark.parametrize(("media_url", "endpoint", "files"), POLICIES)
def test_pages_load_files_alone_from_elsewhere(client, db, settings, media_url, endpoint, files):
    settings.SECURE_CSP = csp.policy(media_url, endpoint)
    for page in (reverse("overview"), reverse("login"), reverse("admin:login"), "/nothing-here/"):
        said = client.get(page).headers["Content-Security-Policy"]
        assert said.startswith("default-src 'self'; ")
        assert files in said
        assert "unsafe" not in said


def test_no_page_of_ours_has_script_or_style_in_it(client, staff):
    client.force_login(staff)
    pages = [reverse(name) for name in ("overview", "profile", "admin:index")]
    for page in pages:
        html = client.get(page).content.decode()
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\b(src|type)=)", html)


def test_a_page_may_have_a_policy_of_its_own():
    def answer(request):
        return HttpResponse(headers={"Content-Security-Policy": "default-src 'none'"})

    response = csp.ContentSecurityPolicyMiddleware(answer)(RequestFactory().get("/"))
    assert response.headers["Content-Security-Policy"] == "default-src 'none'"


def test_djangos_page_about_an_error_keeps_its_style(client, settings):
    settings.DEBUG = True
    answer = client.get("/nothing-here/")
    assert answer.status_code == 404
    assert "Content-Security-Policy" not in answer.headers
