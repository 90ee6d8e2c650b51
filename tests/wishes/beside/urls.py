"""The site, and APIs as the documentation of their packages has them."""

from config.urls import urlpatterns as site
from django.urls import include, path
from ninja import File, ModelSchema, NinjaAPI
from ninja.files import UploadedFile
from rest_framework import routers, serializers, viewsets
from wishes.models import Product, Scanned

# README: Pictures in django-ninja, 2


class ProductSerializer(serializers.ModelSerializer):
    second = serializers.ReadOnlyField(source="second.sources")
    # README: Pictures in DRF, 1

    class Meta:
        model = Product
        fields = ("id", "image", "second")


class ProductViewSet(viewsets.ReadOnlyModelViewSet):
    queryset = Product.objects.order_by("pk")
    serializer_class = ProductSerializer


class ScannedSerializer(serializers.ModelSerializer):
    class Meta:
        model = Scanned
        fields = ("id", "file")


class ScannedViewSet(viewsets.ModelViewSet):
    queryset = Scanned.objects.order_by("pk")
    serializer_class = ScannedSerializer


class ProductOut(ModelSchema):
    # README: Pictures in django-ninja, 1
    second: object = Field(None, alias="second.sources")  # noqa: F821

    class Meta:
        model = Product
        fields = ("id",)


router = routers.DefaultRouter()
router.register("products", ProductViewSet)
router.register("scanned", ScannedViewSet)
api = NinjaAPI()


@api.get("/products", response=list[ProductOut])
def products(request):
    return Product.objects.order_by("pk")


@api.post("/scanned")
def scanned(request, file: File[UploadedFile]):
    return {"id": Scanned.objects.create(file=file).pk}


urlpatterns = [path("drf/", include(router.urls)), path("ninja/", api.urls), *site]
