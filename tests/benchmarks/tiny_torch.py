"""A training as small as one in a lesson: what the runner has to start quickly."""

import torch

torch.manual_seed(0)
x = torch.linspace(-1, 1, 64)[:, None]
model = torch.nn.Sequential(torch.nn.Linear(1, 16), torch.nn.Tanh(), torch.nn.Linear(16, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for step in range(201):
    loss = (model(x) - x.square()).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 100 == 0:
        print(f"step={step} loss={loss.item():.4f}")
