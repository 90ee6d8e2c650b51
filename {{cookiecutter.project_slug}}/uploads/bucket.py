"""Media in an S3-compatible bucket: AWS S3, R2, MinIO, Spaces, Garage and the like.

Imported, and boto3 with it, only where MEDIA_BUCKET or PRIVATE_MEDIA_BUCKET is set. Keys, region
and endpoint are read by boto3 itself, from AWS_ACCESS_KEY_ID and the like.
"""

import shutil
import tempfile
import threading

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from django.conf import settings
from django.core.files import File
from django.utils.encoding import filepath_to_uri
from storages.backends.s3 import S3Storage
from storages.utils import clean_name

from . import files, names
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

_lock = threading.Lock()
_session = boto3.Session()
_connection = None


class Bucket(S3Storage):
    """What both buckets share: django-storages, with other defaults and a connection for all.

    Its own connection is one per thread and storage: 11 MB and 0.2 s each.
    """

    cache_control = ""

    def __init__(self, **options):
        # No ACL: buckets made since 2023 refuse them. Access is the bucket policy's.
        super().__init__(**{"default_acl": None, "transfer_config": TRANSFER} | options)

    @property
    def connection(self):
        global _connection
        with _lock:
            if _connection is None:
                _connection = _session.resource("s3", config=CONFIG)
        return _connection

    @property
    def region(self):
        """As the environment says, or None: boto3 then signs for us-east-1, wherever it is."""
        return _session.region_name

    def get_available_name(self, name, max_length=None):
        """Names made here are unique; any other becomes so. No request, and no race."""
        if names.STORED.fullmatch(name):
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
            **self.get_object_parameters(name),
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
        inline = files.kind(extension) != "other"
        return {
            "CacheControl": self.cache_control,
            **super().get_object_parameters(name),
            "ContentType": files.content_type(extension),
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
        """An address that works for an hour, whoever has it, with this method alone."""
        params = {"Bucket": self.bucket_name, "Key": self.key(name)}
        if disposition:
            params["ResponseContentDisposition"] = disposition
        return self.connection.meta.client.generate_presigned_url(
            f"{method.lower()}_object", Params=params, ExpiresIn=SIGNED_FOR
        )


class PublicBucket(Bucket):
    """Pictures for everybody, below MEDIA_URL: an address of the bucket, a CDN or this site."""

    cache_control = "public, max-age=31536000, immutable"

    def url(self, name, **kwargs):
        return settings.MEDIA_URL + filepath_to_uri(name)


class PrivateBucket(Bucket):
    """Files that their view hands over with a signed address."""

    cache_control = "private, no-cache"

    def url(self, name, **kwargs):
        return settings.PRIVATE_MEDIA_URL + filepath_to_uri(name)
