"""The three training steps of bench/src/train.ts in PyTorch, for the same sizes: medians in milliseconds.

Run with Debian's python3-torch and libopenblas0-pthread: /usr/bin/python3 bench/pytorch/train_steps.py [threads]
"""

import statistics
import sys
import time

import torch
from torch import nn

torch.manual_seed(0)
torch.set_num_threads(int(sys.argv[1]) if len(sys.argv) > 1 else 1)


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(16, 64, batch_first=True)
        self.out = nn.Linear(64, 10)

    def forward(self, x):
        return self.out(self.lstm(x)[0][:, -1])


cases = {
    "MLP 784-256-128-10, batch 128": (
        nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, 10)),
        torch.rand(128, 784),
    ),
    "CNN: conv 8, pool, conv 16, pool, dense; batch 64": (
        nn.Sequential(
            *(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(8, 16, 3), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Flatten(), nn.Linear(400, 10)),
        ),
        torch.rand(64, 1, 28, 28),
    ),
    "LSTM 64, 32 steps of 16, batch 32": (Recurrent(), torch.rand(32, 32, 16)),
}

print(f"torch {torch.__version__}, {torch.get_num_threads()} threads")
for name, (model, x) in cases.items():
    labels = torch.randint(0, 10, (x.shape[0],))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    criterion = nn.CrossEntropyLoss()
    times = []
    for step in range(400):
        start = time.perf_counter()
        optimizer.zero_grad()
        loss = criterion(model(x), labels)
        loss.backward()
        optimizer.step()
        loss.item()
        times.append((time.perf_counter() - start) * 1000)
    print(f"{name}: {statistics.median(times[100:]):.2f}")
