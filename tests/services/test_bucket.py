"""Buckets: public by their own address or by forwarding, private always by a signed address."""

import time

import requests

from services.test_every_path import put, renditions


def anonymous(address, method="GET", **headers):
    return requests.request(method, address, headers=headers, timeout=20)


def signed(site, folder, name, samples):
    """A fresh signed address of a private file, and the file's content."""
    owner = site.visitor("owner")
    _, address = put(owner, samples, folder, name)
    return owner.get(address).headers["Location"], samples[name]


def test_public_files_have_the_address_of_the_bucket(get_site, moto, samples):
    """With the policy and the CORS rules of deploy/, a browser needs nothing else."""
    site = get_site("bucket")
    _, address = put(site.visitor("owner"), samples, "photos", "small.jpg")
    assert address.startswith(f"{moto.url}/bucket-public/photos/")
    answer = anonymous(address, Origin="https://example.com")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"] == "inline"
    rules = moto.client.get_bucket_cors(Bucket="bucket-public")["CORSRules"]
    assert rules[0]["AllowedMethods"] == ["GET", "HEAD"]


def test_other_sites_may_read_public_files_in_a_browser(get_site, moto, samples):
    """From a script of another site: deploy/bucket-cors.json."""
    site = get_site("bucket")
    _, address = put(site.visitor("owner"), samples, "photos", "small.jpg")
    origin = {"Origin": "https://example.com"}
    whole = anonymous(address, **origin)
    assert whole.headers["Access-Control-Allow-Origin"] in ("*", origin["Origin"])
    part = anonymous(address, Range="bytes=0-9", **origin)
    assert (part.status_code, part.content) == (206, whole.content[:10])
    assert "Content-Range" in part.headers["Access-Control-Expose-Headers"]
    # What a browser asks before. moto wants the policy to allow even that, so: without a policy.
    rules = moto.client.get_bucket_cors(Bucket="bucket-public")["CORSRules"]
    bare = moto.bucket("bucket-with-cors-alone")
    moto.client.put_bucket_cors(Bucket=bare, CORSConfiguration={"CORSRules": rules})
    asked = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "range"}
    answer = anonymous(f"{moto.url}/{bare}/photos/x.jpg", "OPTIONS", **origin, **asked)
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] in ("*", origin["Origin"])
    assert answer.headers["Access-Control-Allow-Methods"] == "GET, HEAD"
    assert answer.headers["Access-Control-Allow-Headers"] == "Range"


def test_policy_lets_read_and_nothing_else(get_site, moto, samples):
    site = get_site("bucket")
    owner = site.visitor("owner")
    _, public = put(owner, samples, "photos", "small.jpg")
    _, private = put(owner, samples, "documents", "paper.pdf")
    assert anonymous(public).status_code == 200
    place = owner.get(private).headers["Location"].partition("?")[0]
    assert place.startswith(f"{moto.url}/bucket-private/")
    assert anonymous(place).status_code == 403
    # No ACL was sent with the files: buckets made since 2023 refuse them.
    key = public.partition("bucket-public/")[2]
    grants = moto.client.get_object_acl(Bucket="bucket-public", Key=key)["Grants"]
    assert [grant["Grantee"]["Type"] for grant in grants] == ["CanonicalUser"]


def test_signature_is_needed_and_fits_one_file(get_site, samples):
    site = get_site("forwarded")
    address, content = signed(site, "videos", "film.mp4", samples)
    good = anonymous(address)
    assert (good.status_code, good.content) == (200, content)
    other, _ = signed(site, "videos", "film.mp4", samples)
    place, _, query = address.partition("?")
    forgeries = {
        "none": place,
        "another file's": f"{other.partition('?')[0]}?{query}",
        "altered": f"{address[:-1]}{'1' if address[-1] == '0' else '0'}",
        "longer": address.replace("X-Amz-Expires=3600", "X-Amz-Expires=36000"),
        "another name": address.replace("inline", "attachment"),
    }
    assert address not in forgeries.values()
    refused = {name: anonymous(forgery).status_code for name, forgery in forgeries.items()}
    assert set(refused.values()) <= {400, 403}, refused
    assert anonymous(address, "HEAD").status_code == 403
    assert requests.put(address, data=b"x", timeout=20).status_code == 403
    assert anonymous(address).content == content


def test_public_bucket_needs_a_signature_too_when_forwarded(get_site, samples):
    site = get_site("forwarded")
    _, address = put(site.visitor("owner"), samples, "photos", "small.jpg")
    assert address.startswith("/media/photos/")
    handed = site.visitor().get(address)
    assert handed.headers["Cache-Control"] == "public, max-age=600"
    location = handed.headers["Location"]
    assert anonymous(location).status_code == 200
    assert anonymous(location.partition("?")[0]).status_code in (400, 403)


def test_signed_address_expires(get_site, samples):
    site = get_site("forwarded")
    _, address = put(site.visitor("owner"), samples, "documents", "paper.pdf")
    code = """if True:
        import django, sys; django.setup()
        from django.core.files.storage import storages
        storages["private"].querystring_expire = int(sys.argv[2])
        print(storages["private"].signed_url(sys.argv[1]))
    """
    name = address.removeprefix("/private/")
    short, long = (site.app.python("-c", code, name, s).strip() for s in ("1", "60"))
    time.sleep(2)
    assert anonymous(short).status_code in (400, 403)
    assert anonymous(long).content == samples["paper.pdf"]


def test_one_request_for_each_file(get_site, moto, samples):
    site = get_site("bucket")
    owner = site.visitor("owner")
    owner.get("/")
    before = moto.log.read_text()
    path, _ = put(owner, samples, "photos", "small.jpg")
    stored = len(renditions(owner.get(path)))
    owner.get("/photos/")
    lines = moto.log.read_text()[len(before) :].splitlines()
    asked = [line.partition('] "')[2].split()[0] for line in lines if "/bucket-" in line]
    assert asked == ["PUT"] * stored


def test_reading_is_one_request_and_missing_files_are_missing(get_site):
    code = """if True:
        import django; django.setup()
        from django.core.files.base import ContentFile
        from django.core.files.storage import storages
        storage = storages["private"]
        for size in (0, 10, 6_000_000):
            content = (b"0123456789" * 600_000)[:size]
            storage.put("a/b.bin", ContentFile(content))
            sent = []
            count = lambda request, **kwargs: sent.append(request.method)
            events = storage.connection.meta.client.meta.events
            events.register("before-send.s3", count, unique_id="count")
            with storage.open("a/b.bin") as file:
                assert (file.size, file.read()) == (size, content)
                file.seek(0)
                assert file.read(5) == content[:5]
            assert sent == ["GET"], sent
            events.unregister("before-send.s3", unique_id="count")
        storage.delete("a/b.bin")
        try:
            storage.open("a/b.bin")
        except FileNotFoundError as error:
            print(error)
    """
    for kind in ("bucket", "forwarded"):
        site = get_site(kind)
        said = site.app.python("-c", code)
        assert said.strip().startswith(f"a/b.bin is not in the bucket {kind}-private")


def test_nothing_is_left_on_the_disk(get_site, samples):
    for kind in ("bucket", "forwarded"):
        site = get_site(kind)
        for folder, name in (("photos", "large.jpg"), ("videos", "film.mp4")):
            put(site.visitor("owner"), samples, folder, name)
        kept = [
            path
            for folder in ("media", "private", "tmp")
            for path in (site.app.folder / folder).rglob("*")
            if path.is_file() and not path.name.startswith("wgunicorn-")
        ]
        assert kept == []


def test_same_name_at_once_loses_nothing(get_site):
    code = """if True:
        import django; django.setup()
        from concurrent.futures import ThreadPoolExecutor
        from django.core.files.base import ContentFile
        from django.core.files.storage import storages
        storage = storages["private"]
        contents = [str(n).encode() for n in range(60)]
        with ThreadPoolExecutor(8) as pool:
            names = list(pool.map(lambda c: storage.save("a/same.txt", ContentFile(c)), contents))
        assert len(set(names)) == 60
        assert [storage.open(name).read() for name in names] == contents
        print("none lost")
    """
    for kind in ("bucket", "forwarded"):
        site = get_site(kind)
        assert "none lost" in site.app.python("-c", code)
        assert len([line for line in site.level()["said"] if "a/same" in line]) == 60


def test_boto3_is_imported_only_with_a_bucket(get_site):
    code = "import django, sys; django.setup(); import config.urls; print('boto3' in sys.modules)"
    assert get_site("disk").app.python("-c", code).strip() == "False"
    assert get_site("bucket").app.python("-c", code).strip() == "True"


def test_checks_are_content(get_site):
    for kind in ("bucket", "forwarded", "machines"):
        said = get_site(kind).app.manage("check")
        assert "no issues" in said


OPTIONS = """
import os
from config.settings import *
from botocore.config import Config
SHARED = {"bucket_name": MEDIA_BUCKET, "location": "options", "region_name": "eu-west-1"}
SHARED |= {"endpoint_url": os.environ["AWS_ENDPOINT_URL_S3"]}
ONCE = Config(connect_timeout=0.5, retries={"total_max_attempts": 1})
ELSEWHERE = {"access_key": "x", "secret_key": "y", "endpoint_url": "http://127.0.0.1:9"}
PARAMETERS = {"StorageClass": "STANDARD_IA", "CacheControl": "max-age=1"}
ALL = {
    "keys": {"access_key": "AKOTHER", "secret_key": "other"},
    "parameters": {"object_parameters": PARAMETERS, "default_acl": "public-read"},
    "domain": {"custom_domain": "cdn.example.com"},
    "overwrite": {"file_overwrite": True},
    "elsewhere": {**ELSEWHERE, "client_config": ONCE},
    "soon": {"querystring_expire": 30},
}
for name, options in ALL.items():
    STORAGES[name] = {"BACKEND": "uploads.bucket.PublicBucket", "OPTIONS": {**SHARED, **options}}
"""
WITH_OPTIONS = """if True:
    import django; django.setup()
    from botocore.exceptions import EndpointConnectionError
    from django.core.exceptions import ImproperlyConfigured
    from django.core.files.base import ContentFile
    from django.core.files.storage import storages
    from uploads.bucket import PrivateBucket, PublicBucket
    keys, parameters, domain = storages["keys"], storages["parameters"], storages["domain"]
    assert "AKOTHER%2F" in keys.signed_url("a.jpg")
    assert "%2Feu-west-1%2Fs3" in keys.signed_url("a.jpg")
    assert "AKOTHER" not in domain.signed_url("a.jpg")
    assert "X-Amz-Expires=30&" in storages["soon"].signed_url("a.jpg")
    assert domain.connection is storages["overwrite"].connection is storages["soon"].connection
    assert len({id(storages[name].connection) for name in ("keys", "elsewhere", "domain")}) == 3
    client = domain.connection.meta.client
    for name in (parameters.save("a.jpg", ContentFile(b"x")), "put.jpg"):
        if name == "put.jpg":
            parameters.put(name, ContentFile(b"x"))
        head = client.head_object(Bucket=parameters.bucket_name, Key=f"options/{name}")
        assert (head["StorageClass"], head["CacheControl"]) == ("STANDARD_IA", "max-age=1"), head
        assert (head["ContentType"], head["ContentDisposition"]) == ("image/jpeg", "inline")
        acl = client.get_object_acl(Bucket=parameters.bucket_name, Key=f"options/{name}")
        assert any(grant["Permission"] == "READ" for grant in acl["Grants"]), acl
    assert domain.url("a b.jpg") == "https://cdn.example.com/options/a%20b.jpg"
    same = [storages["overwrite"].save("same.csv", ContentFile(b"x")) for _ in range(2)]
    assert same == ["same.csv", "same.csv"]
    assert len({domain.save("same.csv", ContentFile(b"x")) for _ in range(2)}) == 2
    assert "/options/b.jpg?" in domain.signed_url("a/../b.jpg")
    try:
        storages["elsewhere"].exists("a.jpg")
    except EndpointConnectionError as error:
        assert "127.0.0.1:9" in str(error)
    else:
        raise AssertionError("asked another server")
    for backend, options in (
        (PrivateBucket, {"custom_domain": "cdn.example.com"}),
        (PublicBucket, {"object_parameters": {"ContentType": "text/html"}}),
        (PublicBucket, {"object_parameters": {"SSECustomerKey": "x"}}),
        (PublicBucket, {"object_parameters": {"Bogus": 1}}),
        (PublicBucket, {"object_parameters": None}),
        (PublicBucket, {"gzip": True}),
        (PublicBucket, {"custom_domain": "https://cdn.example.com/"}),
        (PublicBucket, {"cloudfront_key_id": "x", "cloudfront_key": b"y"}),
    ):
        try:
            backend(bucket_name="x", **options)
        except ImproperlyConfigured as error:
            assert next(iter(options)) in str(error), error
            assert "emove it" in str(error) or "say the domain" in str(error), error
        else:
            raise AssertionError(options)
    for entry in domain.walk():
        domain.delete(entry.name)
    print("held")
"""


def test_options_are_honoured_or_refused(get_site):
    """Those of django-storages, as STORAGES names them."""
    site = get_site("bucket")
    (site.app.code / "options_settings.py").write_text(OPTIONS)
    env = {"DJANGO_SETTINGS_MODULE": "options_settings"}
    assert site.app.python("-c", WITH_OPTIONS, env=env).splitlines()[-1] == "held"


EXPORTS = """
from config.settings import *
OPTIONS = {"bucket_name": MEDIA_BUCKET, "location": "exports"}
STORAGES["exports"] = {"BACKEND": "uploads.bucket.PublicBucket", "OPTIONS": OPTIONS}
"""
IN_A_FOLDER = """if True:
    import django, io; django.setup()
    from urllib.request import urlopen
    from django.core.files.base import ContentFile
    from django.core.files.storage import storages
    from django.core.management import call_command
    exports, public = storages["exports"], storages["default"]
    exports.put("put.csv", ContentFile(b"a,b"))
    saved = exports.save("saved.csv", ContentFile(b"c,d"))
    assert {entry.name for entry in exports.walk()} == {"put.csv", saved}
    assert exports.open("put.csv").read() == b"a,b"
    assert urlopen(exports.signed_url(saved), timeout=20).read() == b"c,d"
    public.put("lost.jpg", ContentFile(b"x"))
    said = io.StringIO()
    options = {"older_than": -1, "site_is_stopped": True, "stdout": said}
    call_command("orphans", **options)
    assert "exports/" not in said.getvalue()
    call_command("orphans", delete=int(said.getvalue().splitlines()[-1].split()[0]), **options)
    assert not public.exists("lost.jpg")
    assert exports.open("put.csv").read() == b"a,b"
    for name in ("put.csv", saved):
        exports.delete(name)
    print("held")
"""


def test_storage_in_a_folder_of_the_bucket(get_site, samples):
    """Its files are found, signed and read there, and are no orphans of the storage around it."""
    site = get_site("bucket")
    put(site.visitor("owner"), samples, "photos", "small.jpg")
    put(site.visitor("owner"), samples, "documents", "paper.pdf")
    (site.app.code / "exports_settings.py").write_text(EXPORTS)
    env = {"DJANGO_SETTINGS_MODULE": "exports_settings"}
    assert site.app.python("-c", IN_A_FOLDER, env=env).splitlines()[-1] == "held"
