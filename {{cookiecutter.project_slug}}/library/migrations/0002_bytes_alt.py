from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
{%- for model in cookiecutter | models %}
        migrations.AddField(
            model_name={{ model.key | py }},
            name="bytes",
            field=models.PositiveBigIntegerField(default=0, editable=False, verbose_name="bytes"),
        ),
{%- endfor %}
{%- for model in cookiecutter | models if model.kind == "image" %}
        migrations.AddField(
            model_name={{ model.key | py }},
            name="alt",
            field=models.CharField(
                blank=True,
                help_text="What the picture shows, for who can't see it. Left empty, it decorates.",
                max_length=255,
                verbose_name="alt text",
            ),
        ),
{%- endfor %}
    ]
