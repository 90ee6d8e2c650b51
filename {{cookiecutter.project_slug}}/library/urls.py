"""Where the samples' pages are: one block per model."""

from django.urls import path

from library import models, views


def pages(folder, model):
    """The pages of a model: <model>-list, -new, -delete-several, -detail, -edit and -delete."""
    key = model._meta.model_name
    one = f"{folder}/<int:pk>/"
    return [
        path(f"{folder}/", views.ItemList.as_view(model=model), name=f"{key}-list"),
        path(f"{folder}/new/", views.ItemNew.as_view(model=model), name=f"{key}-new"),
        path(
            f"{folder}/delete/",
            views.ItemDeleteSeveral.as_view(model=model),
            name=f"{key}-delete-several",
        ),
        path(one, views.ItemDetail.as_view(model=model), name=f"{key}-detail"),
        path(f"{one}edit/", views.ItemEdit.as_view(model=model), name=f"{key}-edit"),
        path(f"{one}delete/", views.ItemDelete.as_view(model=model), name=f"{key}-delete"),
    ]


urlpatterns = [
    path("", views.Overview.as_view(), name="overview"),
{%- for model in cookiecutter | models %}
    *pages(
        {{ model.folder | py }},
        models.{{ model.name }},
    ),
{%- endfor %}
]
