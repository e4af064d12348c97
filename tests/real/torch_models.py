"""Networks as PyTorch's users train and export them, on data that scikit-learn carries."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from sklearn import datasets

from parity.numeric.tensors import column_of
from tests.real.models import frame

EPOCHS = 30


def trained(model: Any, X: Any, y: Any) -> Any:
    """Full batches and Adam: a few steps are enough for scores that differ from row to row."""
    import torch

    optimiser, loss = torch.optim.Adam(model.parameters(), 0.01), torch.nn.CrossEntropyLoss()
    for _ in range(EPOCHS):
        optimiser.zero_grad()
        loss(model(X), y).backward()
        optimiser.step()
    return model


def dense() -> tuple[Any, Any, pa.RecordBatch]:
    """A dense network with normalised layers, still in training mode, its tensor of rows, and the rows as a batch."""
    import torch
    from torch import nn

    torch.manual_seed(3)
    torch.set_num_threads(1)
    frame_, target = frame("breast_cancer", np.float32)
    frame_ = (frame_ - frame_.mean()) / frame_.std()
    X = torch.tensor(frame_.to_numpy())
    model = nn.Sequential(nn.Linear(30, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 2), nn.Softmax(1))
    return trained(model, X, torch.tensor(target)), X, pa.RecordBatch.from_pandas(frame_, preserve_index=False)


def convolution() -> tuple[Any, Any, pa.RecordBatch]:
    """Handwritten digits, 1,797 images of 8 by 8: convolutions, pooling, ten probabilities."""
    import torch
    from torch import nn

    torch.manual_seed(3)
    torch.set_num_threads(1)
    digits = datasets.load_digits()
    images = (digits.images[:, None] / 16).astype(np.float32)
    layers = [nn.Conv2d(1, 8, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 8, 2), nn.ReLU(), nn.Flatten(), nn.Linear(32, 10)]
    X = torch.from_numpy(images)
    trained(nn.Sequential(*layers), X, torch.tensor(digits.target))
    return nn.Sequential(*layers, nn.Softmax(1)).eval(), X, pa.record_batch({"image": column_of(images, pa.float32(), (1, 8, 8))})


def dropping() -> tuple[Any, Any, pa.RecordBatch]:
    """As `dense`, with a layer that drops while it is trained."""
    import torch
    from torch import nn

    torch.manual_seed(3)
    layers = [nn.Linear(30, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(0.4), nn.Linear(16, 2), nn.Softmax(1)]
    _, X, batch = dense()
    _, target = frame("breast_cancer", np.float32)
    return trained(nn.Sequential(*layers), X, torch.tensor(target)), X, batch


def saved(module: Any, where: Path) -> Path:
    path = where / "model.pt"
    module.save(str(path))
    return path
