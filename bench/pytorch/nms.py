"""Non-maximum suppression by torchvision on the boxes of bench/src/vision/suppression.ts: medians in milliseconds.

Run with Debian's python3-torchvision: /usr/bin/python3 bench/pytorch/nms.py
"""

import statistics
import time

import torch
import torchvision

torch.set_num_threads(1)


def draw_boxes(count, objects):
    state = 1

    def draw():
        nonlocal state
        state = state * 48271 % 2147483647
        return state / 2147483647

    places = [(2000 * draw(), 2000 * draw()) for _ in range(objects)]
    boxes, scores = [], []
    for i in range(count):
        x, y = [p + 10 * draw() for p in places[i % objects]] if objects else (2000 * draw(), 2000 * draw())
        boxes.append([x, y, x + 10 + 40 * draw(), y + 10 + 40 * draw()])
        scores.append(draw())
    return torch.tensor(boxes), torch.tensor(scores)


print(f"torchvision {torchvision.__version__}, {torch.get_num_threads()} thread")
for name, count, objects in [("1,000 boxes anywhere", 1000, 0), ("10,000 boxes anywhere", 10000, 0), ("10,000 boxes around 100 objects", 10000, 100)]:
    boxes, scores = draw_boxes(count, objects)
    kept = torchvision.ops.nms(boxes, scores, 0.5)
    times = []
    for _ in range(30):
        start = time.perf_counter()
        torchvision.ops.nms(boxes, scores, 0.5)
        times.append((time.perf_counter() - start) * 1000)
    print(f"{name}, {len(kept)} kept: {statistics.median(times):.2f}")
