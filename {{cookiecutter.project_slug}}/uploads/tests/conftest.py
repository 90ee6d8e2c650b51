"""What tests of files and rows share."""

import pytest
from django.db import models

from uploads import cleanup
from uploads.tests.level import all_named, all_stored, named, stored, upload
from uploads.tests.models import Album, Paper
from uploads.tests.right_site import put_right


@pytest.fixture(autouse=True)
def _as_generated(as_generated):
    """For all tests of this folder."""


@pytest.fixture
def album():
    return Album.objects.create(name="one", cover=upload())


@pytest.fixture
def nothing_is_lost():
    yield
    cleanup.end_of_request()
    assert named() <= stored()
    assert named(Paper) <= stored("private")


@pytest.fixture
def level():
    """After each test, there are the files that rows name, and no others."""
    yield
    assert all_stored() == all_named()


@pytest.fixture
def add_field():
    """add_field(field) puts one into a model of its own, which has no table."""
    made = []

    def add(field, **attributes):
        attributes |= {"__module__": __name__, "Meta": type("Meta", (), {"app_label": "uploads"})}
        model = type(f"Made{len(made)}", (models.Model,), {"upload": field, **attributes})
        made.append(model)
        return model

    yield add
    for model in made:
        del model._meta.apps.all_models["uploads"][model._meta.model_name]
    Album._meta.apps.clear_cache()


@pytest.fixture
def site(settings, tmp_path):
    """A site whose settings are right, all of its folders below tmp_path."""
    return put_right(settings, tmp_path)
