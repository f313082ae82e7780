"""Times native OpenCV on one thread, on the pictures of bench/src/vision/images.ts.

Debian's package: apt-get install python3-opencv. Run: /usr/bin/python3 bench/opencv/images.py
"""
import time

import cv2
import numpy

cv2.setNumThreads(1)
y, x = numpy.mgrid[0:1080, 0:1920]
waves = 128 + 60 * numpy.sin(x / 23) * numpy.cos(y / 31) + ((x >> 6) + (y >> 6)) % 2 * 40
noise = numpy.random.default_rng(1).normal(0, 12, (1080, 1920, 3))
floats = numpy.clip(waves[:, :, None] + noise, 0, 255).round().astype(numpy.float32)
image = floats.astype(numpy.uint8)
gray = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
matrix = numpy.array([[0.9, 0.1, 3], [-0.1, 0.9, 8]])


def letterbox():
    small = cv2.resize(image, (640, 360))
    return cv2.copyMakeBorder(small, 140, 140, 0, 0, cv2.BORDER_CONSTANT, value=(114, 114, 114)).astype(numpy.float32) / 255


cases = {
    "Gaussian blur, sigma 3, uint8": lambda: cv2.GaussianBlur(image, (0, 0), 3),
    "Gaussian blur, sigma 3, float32": lambda: cv2.GaussianBlur(floats, (0, 0), 3),
    "median, 5 by 5, uint8": lambda: cv2.medianBlur(image, 5),
    "bilateral, d = 9, uint8": lambda: cv2.bilateralFilter(image, 9, 50, 3),
    "Canny, grey uint8": lambda: cv2.Canny(gray, 50, 150),
    "bilinear to 640², uint8": lambda: cv2.resize(image, (640, 640)),
    "bilinear to 640², float32": lambda: cv2.resize(floats, (640, 640)),
    "letterbox to 640² and normalize to float32": letterbox,
    "affine warp, uint8": lambda: cv2.warpAffine(image, matrix, (1920, 1080)),
}
print(f"OpenCV {cv2.__version__}, one thread, medians of 15, in ms")
for name, run in cases.items():
    times = []
    for _ in range(18):
        start = time.perf_counter()
        run()
        times.append(1000 * (time.perf_counter() - start))
    print(f"{name:45} {sorted(times[3:])[7]:8.2f}")
