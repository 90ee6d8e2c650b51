"""Our buckets, as the tests of django-storages can take hold of them."""

from storages.backends.s3 import S3Storage
from uploads import bucket


class Held:
    """Each has a connection of its own, in the place where the tests put their mock.

    Names stay as they are given: ours make unique what was not made here, and the tests look for
    what they have sent.
    """

    get_available_name = S3Storage.get_available_name

    def __init__(self, **options):
        super().__init__(**options)
        bucket._connection = None

    @property
    def connection(self):
        return getattr(self._connections, "connection", None) or super().connection


class PublicBucket(Held, bucket.PublicBucket):
    pass


class PrivateBucket(Held, bucket.PrivateBucket):
    pass
