"""A site whose settings are right, for tests to put one wrong."""

from django.conf.urls.static import static
from django.core import checks
from django.core.files.storage import InMemoryStorage
from django.http import HttpResponse
from django.urls import include, path, re_path

from uploads.formats.types import CONTENT_TYPES, kind

DISK = "django.core.files.storage.FileSystemStorage"


MEMORY = "django.core.files.storage.InMemoryStorage"


NGINX = """server {{
  client_max_body_size {limit}m;
  location {url} {{ alias /srv/x/; }}
  proxy_set_header X-Forwarded-Proto $scheme;
}}
types {{ {types} }}
"""


SHOWN = [
    f"{content_type} {extension};"
    for extension, content_type in CONTENT_TYPES.items()
    if kind(extension) != "other"
]


class Bucket(InMemoryStorage):
    """Stands for uploads.bucket, which needs boto3."""

    def __init__(self, bucket_name, region="eu-central-1"):
        super().__init__()
        self.region = region


def view(request, **kwargs):
    return HttpResponse()


PRIVATE = path("private/<path:name>", view)


PAGES = (
    path("", view),
    path("photos/", view),
    path("shop/", include([path("products/", view), path("<slug:folder>/", view)])),
    re_path(r"^old\-photos/(?P<number>\d+)/$", view),
)


def media(url="/media/"):
    return static(url, view=view, document_root="unused")


def write_nginx(site, url="/media/", limit=50, types=SHOWN):
    conf = site.BASE_DIR / "deploy" / "nginx.conf"
    conf.parent.mkdir(parents=True, exist_ok=True)
    conf.write_text(NGINX.format(url=url, limit=limit, types=" ".join(types)), encoding="utf-8")


def findings(deploy=False):
    found = checks.run_checks(tags=["uploads"], include_deployment_checks=deploy)
    assert all(finding.hint for finding in found)
    assert not any("{" in finding.msg for finding in found)
    return {finding.id.removeprefix("uploads."): finding.msg for finding in found}


def put_right(settings, tmp_path):
    """A site whose settings are right, all of its folders below tmp_path."""
    settings.DEBUG = True
    settings.BASE_DIR = tmp_path / "code"
    settings.STATIC_URL, settings.STATIC_ROOT, settings.STATICFILES_DIRS = "static/", None, []
    settings.MEDIA_URL, settings.MEDIA_ROOT = "/media/", tmp_path / "media"
    settings.PRIVATE_MEDIA_URL = "/private/"
    settings.PRIVATE_MEDIA_ROOT = str(tmp_path / "private")
    settings.STORAGES = {name: {"BACKEND": DISK} for name in ("default", "private", "staticfiles")}
    settings.ROOT_URLCONF = (*media(), PRIVATE, *PAGES)
    settings.MAX_UPLOAD_MB = 50
    write_nginx(settings)
    return settings
