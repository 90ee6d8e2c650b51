"""The generated site, and two APIs as their documentation has them."""

from config.urls import urlpatterns as site
from django.urls import include, path
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


urlpatterns = [path("drf/", include(router.urls)), path("ninja/", api.urls), *site]
