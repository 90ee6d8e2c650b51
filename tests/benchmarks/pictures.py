"""Photo-like test pictures: noise at several scales, as much of it at each as photos have."""

from PIL import Image, ImageChops

SIZES = {12: (4032, 3024), 48: (8064, 6048)}  # megapixels: what phones make of them
SCALES = {512: 40, 128: 28, 32: 18, 8: 10, 2: 4}  # pixels: contrast
JPEG_QUALITY = 90


def noise(size, scale, contrast):
    small = [side // scale + 2 for side in size]
    return Image.effect_noise(small, contrast).resize(size, Image.Resampling.BICUBIC)


def photo(size):
    """A picture without a large empty area, in colours that change slowly."""
    light = Image.new("L", size, 128)
    for scale, contrast in SCALES.items():
        light = ImageChops.add(light, noise(size, scale, contrast), 1, -128)
    bands = [ImageChops.add(light, noise(size, 400, 24), 1, -128) for _ in range(3)]
    return Image.merge("RGB", bands)


def save(folder, megapixels):
    """The path of a JPEG in `folder` as a phone of so many megapixels would make it."""
    path = folder / f"{megapixels}.jpg"
    photo(SIZES[megapixels]).save(path, quality=JPEG_QUALITY)
    return path
