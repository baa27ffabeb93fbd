# /// script
# requires-python = ">=3.11"
# dependencies = ["torch>=2.4"]
# ///
"""What detach() does: how far each network moves in one update, with it and without it, and what a mistake costs."""

import copy

import torch
from torch import Tensor, nn
from torch.nn import functional as F

# %% constants
SEED = 0
BATCH = 128
LEARNING_RATE = 0.01  # plain gradient descent for the single updates: the distance moved is rate times gradient
STEPS = 300  # for the runs at the end

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)
torch.manual_seed(SEED)
generator = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 1))
discriminator = nn.Sequential(nn.Linear(1, 16), nn.Tanh(), nn.Linear(16, 1))
real = 2.0 + 0.2 * torch.randn(BATCH, 1)
z = torch.randn(BATCH, 2)


def d_loss_of(real: Tensor, fake: Tensor, d: nn.Module) -> Tensor:
    """-log D(real) - log(1 - D(fake)), means over the batch."""
    return F.softplus(-d(real)).mean() + F.softplus(d(fake)).mean()


# %% distance moved
def distance(before: nn.Module, after: nn.Module) -> float:
    """Length of the change of all weights taken as one vector."""
    pairs = zip(before.parameters(), after.parameters(), strict=True)
    return sum((new - old).square().sum() for old, new in pairs).sqrt().item()


def one_update(player: str, detach: bool, optimizer_owns: str) -> str:
    """Copies of both networks make one update; returns how far D and G moved."""
    g, d = copy.deepcopy(generator), copy.deepcopy(discriminator)
    owned = {"D": d.parameters(), "G": g.parameters(), "both": [*d.parameters(), *g.parameters()]}[optimizer_owns]
    optimizer = torch.optim.SGD(owned, lr=LEARNING_RATE)
    fake = g(z)
    if detach:
        fake = fake.detach()
    loss = d_loss_of(real, fake, d) if player == "D" else F.softplus(-d(fake)).mean()
    loss.backward()
    optimizer.step()
    left = sum(w.grad.square().sum() for w in g.parameters() if w.grad is not None)
    return f"moved_D={distance(discriminator, d):.5f} moved_G={distance(generator, g):.5f} grad_G={left**0.5:.4f}"


# %% four updates
print("D_update with detach, own optimizer:", one_update("D", True, "D"))
print("D_update without detach, own optimizer:", one_update("D", False, "D"))
print("D_update with detach, joint optimizer:", one_update("D", True, "both"))
print("D_update without detach, joint optimizer:", one_update("D", False, "both"))
print("G_update without detach, own optimizer:", one_update("G", False, "G"))
print("G_update with detach, own optimizer:", one_update("G", True, "G"))

# %% left-over gradients
# Without detach the discriminator's loss leaves a gradient in G. What if nobody clears it before G's own update?
fake = generator(z)
weights = list(generator.parameters())


def flat(loss: Tensor) -> Tensor:
    """The gradient of a loss in G's weights, as one vector."""
    return torch.cat([part.flatten() for part in torch.autograd.grad(loss, weights, retain_graph=True)])


right = flat(F.softplus(-discriminator(fake)).mean())
left_over = flat(d_loss_of(real, fake, discriminator))
print("mean_D_of_fake:", f"{discriminator(fake).sigmoid().mean():.2f}")
print("own_gradient:", f"{right.norm():.4f}")
print("left_over_gradient:", f"{left_over.norm():.4f}")
print("cosine:", f"{F.cosine_similarity(right, left_over, dim=0):.3f}")
print("sum_of_both:", f"{(right + left_over).norm():.4f}")


# %% what it costs
def train(mistake: str) -> str:
    """The whole game, right or with one of two mistakes that go on without an error message."""
    torch.manual_seed(SEED)
    g, d = copy.deepcopy(generator), copy.deepcopy(discriminator)
    g_optimizer = torch.optim.Adam(g.parameters(), lr=0.001, betas=(0.5, 0.999), fused=True)
    owned = [*d.parameters(), *g.parameters()] if mistake == "one optimizer" else d.parameters()
    d_optimizer = torch.optim.Adam(owned, lr=0.02, betas=(0.5, 0.999), fused=True)
    for _ in range(STEPS):
        fake = g(torch.randn(BATCH, 2))
        if mistake == "none":
            fake = fake.detach()
        g_optimizer.zero_grad()
        d_optimizer.zero_grad()
        d_loss = d_loss_of(2.0 + 0.2 * torch.randn(BATCH, 1), fake, d)
        d_loss.backward()
        d_optimizer.step()
        if mistake != "left over":
            g_optimizer.zero_grad()
        g_loss = F.softplus(-d(g(torch.randn(BATCH, 2)))).mean()  # new numbers, so the old graph is not missed
        g_loss.backward()
        g_optimizer.step()
    with torch.no_grad():
        x = g(torch.randn(10_000, 2))
    return f"mean={x.mean():.2f} std={x.std():.2f} d_loss={d_loss:.2f} g_loss={g_loss:.2f}"


print("with detach:", train("none"))
print("without detach, gradient left in G:", train("left over"))
print("without detach, one optimizer for both:", train("one optimizer"))
