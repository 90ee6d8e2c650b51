"""The generated site, and two APIs and a wizard as their documentation has them."""

from config.urls import urlpatterns as site
from django.core.files.storage import default_storage
from django.forms import modelform_factory
from django.http import HttpResponse
from django.urls import include, path
from formtools.wizard.views import SessionWizardView
from ninja import File, NinjaAPI
from ninja.files import UploadedFile
from packages.models import Product
from rest_framework import routers, serializers, viewsets


class ProductSerializer(serializers.ModelSerializer):
    class Meta:
        model = Product
        fields = ("id", "name", "picture", "manual")


class ProductViewSet(viewsets.ModelViewSet):
    queryset = Product.objects.order_by("pk")
    serializer_class = ProductSerializer


router = routers.DefaultRouter()
router.register("products", ProductViewSet)
api = NinjaAPI()


@api.post("/products")
def create(request, name: str, manual: File[UploadedFile]):
    return {"id": Product.objects.create(name=name, manual=manual).pk}


class ProductWizard(SessionWizardView):
    form_list = tuple(modelform_factory(Product, fields=[step]) for step in ("picture", "name"))
    file_storage = default_storage  # for what was sent in an earlier step
    template_name = "packages/wizard.html"

    def done(self, form_list, **kwargs):
        return HttpResponse(Product.objects.create(**self.get_all_cleaned_data()).pk)


urlpatterns = [
    path("drf/", include(router.urls)),
    path("ninja/", api.urls),
    path("wizard/", ProductWizard.as_view()),
    *site,
]
