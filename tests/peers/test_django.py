"""What Django promises of its file fields, forms and storages, ours keep: its own tests, with ours.

They come with the source archive of the very Django that is there. tests/peers/suites/django_put.py
puts our classes in, and gives way in two things, which all of them would stumble over: names are
those that Django gives, and a few more types of files are taken.
"""

import os

import pytest

from conftest import bin_of, run

from .suite import each, judge, run_suite, short, source

pytestmark = [pytest.mark.slow, pytest.mark.peers]

LABELS = """
    admin_changelist admin_utils admin_views.tests.AdminInlineFileUploadTest admin_widgets
    bulk_create field_deconstruction file_storage file_uploads files forms_tests inline_formsets
    invalid_models_tests.test_ordinary_fields max_lengths migrations.test_autodetector
    migrations.test_writer model_fields model_forms model_formsets model_formsets_regress
    requests_tests serializers test_client validation view_tests.tests.test_static
""".split()
LEAST = 3000  # of tests that run; Django 5.2 has 3028, without those that want what isn't there


NO_INDEX = "AssertionError: 404 != 200 : Couldn't retrieve content"
# Root may write everywhere, and then Django's own fails in the same way.
READ_ONLY = "StorageUnavailable" if getattr(os, "geteuid", int)() else "AssertionError: Permission"

# Those of its tests that fail, and how the error begins; above each, why that is meant.
DIFFERENCES = {
    # A class is called by its own name, in migrations too.
    **each("FieldDeconstructionTests", "test_file_field", "AssertionError: 'uploads.fields.File"),
    **each("FieldDeconstructionTests", "test_image_field", "AssertionError: 'uploads.fields.Image"),
    **each("FileSystemStorageTests", "test_deconstruction", "AssertionError: 'uploads.storage."),
    **each("ClearableFileInputTest", "test_multiple_error", 'AssertionError: "ClearableFileInput'),
    # Our ImageField is an ImageField and so a FileField of Django's, but no FileField of ours.
    **each("BulkCreateTests", "test_bulk_insert_nullable_fields", "AssertionError: 0 != 1"),
    # Private files have a storage of their own, without a word in STORAGES.
    **each("StorageHandlerTests", "test_defaults", "AssertionError: {'def"),
    # Names are longer than Django's: they have a month, an id and a size.
    **each("MaxLengthArgumentsTests", "test_default_max_lengths", "AssertionError: 255 != 100"),
    # An empty file is refused, whoever stores it.
    **each(
        "FileFieldTests",
        "test_delete_content_file test_move_temporary_file test_save_without_name",
        "Refused: ['This file is empty.",
    ),
    # A picture has an extension, and one of a format that browsers show or that is made to be one.
    **each(
        "NoReadTests",
        "test_width_height_correct_name_mangling_correct",
        "Refused: ['A file without an extension",
    ),
    **each(
        "ImageFieldTest",
        "test_imagefield_annotate_with_bitmap_image_after_clean",
        "Refused: ['“.bmp” files are not accepted",
    ),
    # What is called .jpg is a picture, in a file field too.
    **each(
        "FileUploadTests",
        """test_unicode_file_name test_unicode_file_name_rfc2231 test_unicode_name_rfc2231
        test_unicode_file_name_rfc2231_with_double_quotes
        test_unicode_name_rfc2231_with_double_quotes""",
        "Refused: ['This is not a picture that can be read.",
    ),
    # Refusals are sentences of our own, and come before those of an owner's validators.
    **each("ImageFieldTest", "test_corrupted_image", "AssertionError: 'Upload a valid image."),
    **each("ImageFieldTest", "test_file_extension_validation", "AssertionError: 'File extension"),
    # delete(save=False) takes a file from its row; the file goes when that is committed, no sooner.
    **each("FileAndImageFieldTests", "test_file_field_data", "SuspiciousFileOperation: Storage"),
    **each("FileAndImageFieldTests", "test_image_field", "AssertionError: 'tests/test_"),
    # Whatever a storage raises, a field raises StorageUnavailable, which is answered with a 503.
    **each("DirectoryCreationTests", "test_not_a_directory", "StorageUnavailable"),
    **each("DirectoryCreationTests", "test_readonly_root", READ_ONLY),
    # Folders are made without the process's umask, which threads share, and so not by makedirs().
    **each(
        """CustomStorageTests DiscardingFalseContentStorageTests FileStorageTests
        OverwritingStorageOSOpenFlagsTests OverwritingStorageTests""",
        "test_makedirs_race_handling",
        "AssertionError: PermissionError not raised",
    ),
    # OS_OPEN_FLAGS was on its way out; Django 6.0 has it no more.
    **each(
        "OverwritingStorageOSOpenFlagsTests",
        "test_save_overwrite_behavior",
        "AssertionError: 'test_",
    ),
    # The field tells the browser and the visitor what it takes.
    **each("ImageFieldTest", "test_widget_attrs_accept_false", "AssertionError: <input aria-"),
    **each("ImageFieldTest", "test_widget_attrs_accept_specified", "AssertionError: <input accept"),
    **each("ImageFieldTest", "test_widget_attrs_default_accept", "AssertionError: {'accept': '."),
    **each("FileInputTest", "test_fieldset", "AssertionError: <div>"),
    **each("FormsTestCase", "test_filefield_with_fileinput_required", "AssertionError: <tr>"),
    # The widget's HTML is our own, and so are its style and script.
    **each("FormsTestCase", "test_forms_with_file_fields", "AssertionError: <tr>"),
    **each("FileAndImageFieldTests", "test_render_empty_file_field", "AssertionError: <div class"),
    **each("OtherModelFormTests", "test_media_on_modelform", "AssertionError: <link href"),
    **each(
        "ClearableFileInputTest",
        """test_clear_input_renders test_clear_input_renders_only_if_initial
        test_clear_input_renders_only_if_not_required test_html_escaped test_render_as_subwidget
        test_render_checked test_render_disabled test_return_false_if_url_does_not_exists""",
        'AssertionError: <div class="upload" data-drop-text="Drop it here to add it.">',
    ),
    **each("ClearableFileInputTest", "test_fieldset", "AssertionError: <div>"),
    **each("ClearableFileInputTest", "test_url_as_property", "AssertionError: False is not true"),
    # It asks whether there is a srcset, which for a file there is not.
    **each(
        "ClearableFileInputTest",
        "test_render_no_disabled",
        r"AssertionError: Unexpected logs found: ['DEBUG:django.template:Exception while resolving "
        r"variable \'srcset\'",
    ),
    # No folder of uploads is listed.
    **each("StaticHelperTest StaticTests", "test_index test_index_subdir", NO_INDEX),
    **each("StaticHelperTest StaticTests", "test_index_custom_template", "AssertionError: b'<!"),
    # An archive reaches the visitor as it is, to be saved; no browser unpacks it on the way.
    **each("StaticHelperTest StaticTests", "test_serve", "AssertionError: 'gzip' != None"),
    # The tests run with a MEDIA_URL: ours is never the root of the site.
    **each(
        "ChangeListTests",
        "test_list_display_related_field_uses_display_for_field",
        "AssertionError: False is not true : Couldn't find '<a href=\"/documents/test.txt\">",
    ),
}

TIMED = {"TestDeserializer.test_crafted_xml_performance"}  # in seconds: a busy machine fails it


def test_its_suites_pass_but_for_what_is_meant(bake, world, tmp_path):
    version = run(bin_of(world.venv, "python"), "-m", "django", "--version").stdout.strip()
    tests = source(world, f"django=={version}", tmp_path) / "tests"
    env = {"PYTHONPATH": str(tests), "DJANGO_SETTINGS_MODULE": "suites.django_settings"}
    report, output = run_suite(bake(), world, "run_django", *LABELS, env=env)
    assert len(report["run"]) - len(report["skipped"]) >= LEAST, output
    for label in LABELS:
        assert any(f"{test}.".startswith(f"{label}.") for test in report["run"]), label
    report["failed"] = {t: e for t, e in report["failed"].items() if short(t) not in TIMED}
    judge(report, DIFFERENCES, output)
