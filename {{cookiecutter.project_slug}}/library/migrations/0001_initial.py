import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import uploads.fields


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
{%- for model in cookiecutter | models %}
        migrations.CreateModel(
            name={{ model.name | py }},
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "title",
                    models.CharField(
                        blank=True,
                        help_text="If left empty, the file's own name is taken.",
                        max_length=255,
                        verbose_name="title",
                    ),
                ),
                (
                    "created",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="created"
                    ),
                ),
                (
                    {{ model.kind | py }},
                    uploads.fields.{{ model.field }}(
                        upload_to={{ model.folder | py }},
                        verbose_name={{ model.kind | py }},
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="owner",
                    ),
                ),
            ],
            options={
                "verbose_name": {{ model.verbose | py }},
                "verbose_name_plural": {{ model.verbose_plural | py }},
                "ordering": ["-pk"],
                "abstract": False,
            },
        ),
{%- endfor %}
    ]
