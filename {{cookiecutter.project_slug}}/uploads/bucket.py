"""Media in an S3-compatible bucket: AWS S3, R2, MinIO, Spaces, Garage and the like.

Imported, and boto3 with it, only where MEDIA_BUCKET or PRIVATE_MEDIA_BUCKET is set. Keys, region
and endpoint are read by boto3 itself, from AWS_ACCESS_KEY_ID and the like; OPTIONS of STORAGES are
those of django-storages, and win.
"""

import shutil
import tempfile
import threading

from boto3.s3.transfer import S3Transfer, TransferConfig
from botocore.config import Config
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.files import File
from django.utils.encoding import filepath_to_uri
from storages.backends.s3 import S3Storage
from storages.utils import clean_name

from . import names
from .formats import types
from .storage import Entry

CONFIG = Config(
    signature_version="s3v4",
    # Other makers' servers refuse the checksums that boto3 sends by itself.
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
    # A visitor waits: boto3's own patience is three minutes.
    connect_timeout=3,
    read_timeout=6,
    retries={"mode": "standard", "total_max_attempts": 2},
)
# One request for a file, and none of the threads that make a worker's memory grow.
TRANSFER = TransferConfig(use_threads=False, multipart_threshold=5 * 1024**3)
IN_MEMORY = 5 * 1024**2  # bytes of a file that is read; a larger one goes to a temporary file

# Options by which connections differ; all others are a bucket's own.
OF_CONNECTION = (
    *("access_key", "secret_key", "security_token", "session_profile", "region_name"),
    *("endpoint_url", "use_ssl", "verify", "proxies", "signature_version", "addressing_style"),
)

_lock = threading.Lock()
_connections = {}  # {values of OF_CONNECTION: boto3's resource}


def check_options(given, options):
    """Refuse what could only half be done. Raises ImproperlyConfigured with the option's name."""
    parameters = given["object_parameters"]
    known = set(S3Transfer.ALLOWED_UPLOAD_ARGS) - {"ContentType", "ContentDisposition"}
    known = {key for key in known if not key.startswith("SSECustomer")}
    if not isinstance(parameters, dict) or not known.issuperset(parameters):
        wrong = sorted({*parameters} - known) if isinstance(parameters, dict) else parameters
        raise ImproperlyConfigured(
            f"object_parameters has {wrong}, which boto3 doesn't know, or which can't be: how a "
            "file is sent follows from its type, and no browser can be sent to what a customer's "
            "key encrypts. Remove it."
        )
    for name in ("cloudfront_key_id", "cloudfront_signer", "gzip", "use_threads"):
        if options.get(name) or (name == "cloudfront_key_id" and given[name]):
            raise ImproperlyConfigured(
                f"{name} is set: addresses are signed for the bucket alone, and files are sent as "
                "they are, each by one thread. Remove it."
            )
    if "/" in (given["custom_domain"] or ""):
        raise ImproperlyConfigured(
            f"custom_domain is {given['custom_domain']!r}: say the domain alone, cdn.example.com."
        )


def client_config(given):
    """The Config of botocore for these options; those that say more than ours win."""
    client = {key: given[key] for key in ("signature_version", "proxies") if given[key]}
    config = CONFIG.merge(Config(**client)).merge(given["client_config"] or Config())
    if given["addressing_style"]:
        style = {"addressing_style": given["addressing_style"]}
        config = config.merge(Config(s3=style | (config.s3 or {})))
    return config


class Bucket(S3Storage):
    """What both buckets share: django-storages, with other defaults and a connection for all.

    Its own connection is one per thread and storage: 11 MB and 0.2 s each.
    """

    cache_control = ""

    def __init__(self, **options):
        given = self.get_default_settings() | options
        check_options(given, options)
        defaults = {
            # No name is used twice, unless that is asked for; django-storages would overwrite.
            "file_overwrite": getattr(settings, "AWS_S3_FILE_OVERWRITE", False),
            "transfer_config": given["transfer_config"] or TRANSFER,
        }
        super().__init__(**{**defaults, **options, "client_config": client_config(given)})
        values = (given[name] for name in OF_CONNECTION)
        # By itself, since it can't be compared: one that has gone could leave its place to another.
        self.connection_key = *(repr(value) for value in values), given["client_config"]

    @property
    def connection(self):
        with _lock:
            if self.connection_key not in _connections:
                _connections[self.connection_key] = self._create_session().resource(
                    "s3",
                    region_name=self.region_name,
                    use_ssl=self.use_ssl,
                    endpoint_url=self.endpoint_url,
                    verify=self.verify,
                    config=self.client_config,
                )
        return _connections[self.connection_key]

    @property
    def region(self):
        """As options or environment say, or None: boto3 then signs for us-east-1."""
        return self.region_name or self._create_session().region_name

    def get_available_name(self, name, max_length=None):
        """Names made here are unique; any other becomes so. No request, and no race."""
        if self.file_overwrite or names.PATTERN.fullmatch(name):
            return name
        folder, _, file = name.replace("\\", "/").rpartition("/")
        stem, dot, extension = file.rpartition(".")
        unique = self.get_alternative_name(stem if dot else file, dot and f".{extension}")
        return f"{folder}/{unique}" if folder else unique

    def key(self, name):
        """What the bucket calls a file: its name below `location`."""
        return self._normalize_name(clean_name(name))

    def put(self, name, content):
        """Store under exactly this name, in place of what is there; `content` gives bytes."""
        self.connection.meta.client.put_object(
            Bucket=self.bucket_name,
            Key=self.key(name),
            Body=content,
            **self._get_write_parameters(name),
        )

    def _open(self, name, mode="rb"):
        """To read, one request that fetches all of it, where django-storages makes three."""
        if mode != "rb":
            return super()._open(name, mode)
        client = self.connection.meta.client
        try:
            body = client.get_object(Bucket=self.bucket_name, Key=self.key(name))["Body"]
        except client.exceptions.NoSuchKey as error:
            raise FileNotFoundError(f"{name} is not in the bucket {self.bucket_name}") from error
        file = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - the caller closes it
        with body:
            shutil.copyfileobj(body, file)
        file.seek(0)
        return File(file, name)

    def get_object_parameters(self, name):
        """Kept with the object, so that the bucket itself sends nothing that a browser runs.

        The owner's object_parameters, such as an encryption, are kept with it, too.
        """
        extension = names.extension(name)
        inline = types.kind(extension) != "other"
        return {
            "CacheControl": self.cache_control,
            **self.object_parameters,
            "ContentType": types.content_type(extension),
            "ContentDisposition": "inline" if inline else "attachment",
        }

    def walk(self):
        """An Entry for every object below `location`."""
        pages = self.connection.meta.client.get_paginator("list_objects_v2")
        folder = f"{self.location.strip('/')}/".lstrip("/")
        for page in pages.paginate(Bucket=self.bucket_name, Prefix=folder):
            for entry in page.get("Contents", ()):
                name = entry["Key"].removeprefix(folder)
                yield Entry(name, entry["Size"], entry["LastModified"])

    def signed_url(self, name, disposition=None, method="GET"):
        """An address for this method alone, which works for an hour: `querystring_expire`."""
        params = {"Bucket": self.bucket_name, "Key": self.key(name)}
        if disposition:
            params["ResponseContentDisposition"] = disposition
        return self.connection.meta.client.generate_presigned_url(
            f"{method.lower()}_object", Params=params, ExpiresIn=self.querystring_expire
        )


class PublicBucket(Bucket):
    """Pictures for everybody, below `custom_domain` or MEDIA_URL: of bucket, CDN or this site."""

    cache_control = "public, max-age=31536000, immutable"

    def url(self, name, **kwargs):
        if self.custom_domain:
            return super().url(name, **kwargs)
        return settings.MEDIA_URL + filepath_to_uri(name)


class PrivateBucket(Bucket):
    """Files that their view hands over with a signed address."""

    cache_control = "private, no-cache"

    def __init__(self, **options):
        super().__init__(**options)
        if self.custom_domain:
            raise ImproperlyConfigured(
                f"PrivateBucket has custom_domain {self.custom_domain!r}, whose addresses can't be "
                "signed here. Remove it: private files are handed over by the bucket itself."
            )

    def url(self, name, **kwargs):
        return settings.PRIVATE_MEDIA_URL + filepath_to_uri(name)
