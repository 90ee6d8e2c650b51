"""Media in an S3-compatible bucket: AWS S3, R2, MinIO, Spaces, Garage and the like.

Imported, and boto3 with it, only where MEDIA_BUCKET or PRIVATE_MEDIA_BUCKET is set. Keys, region
and endpoint are read by boto3 itself, from AWS_ACCESS_KEY_ID and the like; OPTIONS of STORAGES are
those of django-storages, and win.
"""

import shutil
import tempfile
import threading

from boto3.s3.transfer import TransferConfig
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
SIGNED_FOR = 3600  # seconds
IN_MEMORY = 5 * 1024**2  # bytes of a file that is read; a larger one goes to a temporary file

# Options by which connections differ; all others are a bucket's own.
OF_CONNECTION = (
    *("access_key", "secret_key", "security_token", "session_profile", "region_name"),
    *("endpoint_url", "use_ssl", "verify", "proxies", "signature_version", "addressing_style"),
    "client_config",
)

_lock = threading.Lock()
_connections = {}  # {values of OF_CONNECTION: boto3's resource}


def check_options(given):
    """Refuse what could only half be done. Raises ImproperlyConfigured."""
    parameters = given["object_parameters"]
    own = {"ContentType", "ContentDisposition"}
    if bad := [key for key in parameters if key in own or key.startswith("SSECustomer")]:
        raise ImproperlyConfigured(
            f"object_parameters has {', '.join(bad)}: how a file is sent follows from its type, "
            "and no browser can be sent to what a customer's key encrypts. Remove it."
        )
    if given["cloudfront_key_id"]:
        raise ImproperlyConfigured(
            "cloudfront_key_id is set, and addresses are signed for the bucket alone: remove it."
        )


class Bucket(S3Storage):
    """What both buckets share: django-storages, with other defaults and a connection for all.

    Its own connection is one per thread and storage: 11 MB and 0.2 s each.
    """

    cache_control = ""

    def __init__(self, **options):
        given = self.get_default_settings() | options
        check_options(given)
        client = {key: given[key] for key in ("signature_version", "proxies") if given[key]}
        if given["addressing_style"]:
            client["s3"] = {"addressing_style": given["addressing_style"]}
        defaults = {
            # No name is used twice, unless that is asked for; django-storages would overwrite.
            "file_overwrite": getattr(settings, "AWS_S3_FILE_OVERWRITE", False),
            "querystring_expire": getattr(settings, "AWS_QUERYSTRING_EXPIRE", None),
            "transfer_config": given["transfer_config"] or TRANSFER,
        }
        config = CONFIG.merge(Config(**client)).merge(given["client_config"] or Config())
        super().__init__(**{**defaults, **options, "client_config": config})
        self.connection_key = tuple(str(given[name]) for name in OF_CONNECTION)

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

    @property
    def signed_for(self):
        """Seconds: an hour, unless options say otherwise."""
        return self.querystring_expire or SIGNED_FOR

    def signed_url(self, name, disposition=None, method="GET"):
        """An address that works for `signed_for` seconds, with this method, for whoever has it."""
        params = {"Bucket": self.bucket_name, "Key": self.key(name)}
        if disposition:
            params["ResponseContentDisposition"] = disposition
        return self.connection.meta.client.generate_presigned_url(
            f"{method.lower()}_object", Params=params, ExpiresIn=self.signed_for
        )


class PublicBucket(Bucket):
    """Pictures for everybody, below `custom_domain` or MEDIA_URL: of bucket, CDN or this site."""

    cache_control = "public, max-age=31536000, immutable"

    def url(self, name, **kwargs):
        if self.custom_domain:
            return f"{self.url_protocol}//{self.custom_domain}/{filepath_to_uri(self.key(name))}"
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
