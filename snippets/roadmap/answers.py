# /// script
# requires-python = ">=3.11"
# dependencies = ["torch>=2.4", "numpy", "matplotlib", "safetensors"]
#
# [tool.genloop]
# needs = ["vae/digits@latent4"]
#
# [tool.genloop.figures]
# "traverse.png" = "Four rows of seven small images. In each row one of four latent numbers goes from -2 to 2 while the others stay: every row passes through several digits."
# "halfway.png" = "Four small images: the digits of two latents at the ends; between them the digit decoded halfway between the latents, and the mean of the two pictures, in which both can be seen at once."
# ///
"""Answers to the exercises on the first program and on the trained decoder."""

import matplotlib.pyplot as plt
import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

SAMPLES = 1000  # enough for a spread with two digits
STEPS = torch.linspace(-2, 2, 7)  # where most of a standard normal lies


# %% the first program
def first_program(seed: int, samples: int) -> tuple[Tensor, nn.Sequential]:
    """Its latents and its decoder, drawn in its order: first the latents, then the weights."""
    torch.manual_seed(seed)
    latent = torch.randn(samples, 4)
    return latent, nn.Sequential(nn.Linear(4, 6), nn.Tanh())


def show_range(name: str, x: Tensor) -> None:
    print(f"{name}:", f"{x.min():.3f} {x.max():.3f}")


latent, decoder = first_program(seed=0, samples=2)
torch.set_grad_enabled(False)  # nothing is trained here
generated = decoder(latent)
show_range("value_range", generated)

# %% another seed
other, other_decoder = first_program(seed=1, samples=2)
print("seed_1_latent_shape:", tuple(other.shape))
print("seed_1_generated_shape:", tuple(other_decoder(other).shape))
show_range("seed_1_value_range", other_decoder(other))

# %% without tanh
show_range("without_tanh_value_range", decoder[0](latent))
show_range("three_times_the_latent_value_range", decoder(3 * latent))

# %% one sample
one, one_decoder = first_program(seed=0, samples=1)
print("one_sample_shape:", tuple(one_decoder(one).shape))
print("same_latent_as_row_1:", torch.equal(one[0], latent[0]))
print("same_output_as_row_1:", torch.allclose(one_decoder(one)[0], generated[0]))
print("same_output_with_the_first_decoder:", torch.allclose(decoder(one)[0], generated[0]))

# %% trained decoder
trained = nn.Sequential(nn.Linear(4, 128), nn.SiLU(), nn.Linear(128, 256), nn.SiLU(), nn.Linear(256, 64), nn.Sigmoid())
untrained_state = {name: weight.clone() for name, weight in trained.state_dict().items()}
trained.load_state_dict(load_file("latent4/decoder.safetensors"))


def save(name: str, pictures: Tensor) -> None:
    """Pictures (rows, columns, 64) as one image, dark gray lines of one pixel between."""
    rows, columns, _ = pictures.shape
    framed = np.pad(pictures.reshape(rows, columns, 8, 8).numpy(), ((0, 0),) * 2 + ((0, 1),) * 2, constant_values=0.25)
    sheet = framed.swapaxes(1, 2).reshape(rows * 9, columns * 9)[:-1, :-1]
    plt.imsave(name, sheet, cmap="gray", vmin=0, vmax=1)


# %% count the weights
for name, net in (("first_program", decoder), ("trained_decoder", trained)):
    print(f"{name}_weights:", sum(weight.numel() for weight in net.parameters()))

# %% one number moved
moved = latent[0].repeat(4, len(STEPS), 1)  # (4 rows, 7 columns, 4 numbers): the first latent everywhere
for number in range(4):
    moved[number, :, number] = STEPS
pictures = trained(moved)
save("traverse.png", pictures)
changes = (pictures[:, 1:] - pictures[:, :-1]).abs().mean(dim=2).sum(dim=1)  # along the whole way, per pixel
print("change_by_number:", *(f"{change:.2f}" for change in changes))

# %% halfway
halfway = latent.mean(dim=0, keepdim=True)
for name, net in (("linear_layer", decoder[0]), ("first_program", decoder), ("trained_decoder", trained)):
    apart = (net(halfway) - net(latent).mean(dim=0)).abs().mean()
    print(f"{name}_halfway_differs_by:", f"{apart:.3f}")
ends = trained(latent)
save("halfway.png", torch.stack([ends[0], trained(halfway)[0], ends.mean(dim=0), ends[1]])[None])

# %% a thousand samples
z = torch.randn(SAMPLES, 4)
real = torch.from_numpy(np.load("latent4/latents.npz")["held_out_x"]) / 16
sampled = trained(z)
trained.load_state_dict(untrained_state)
for name, x in (("untrained", trained(z)), ("trained", sampled), ("real", real)):
    print(f"{name}_spread_of_a_pixel:", f"{x.std(dim=0).mean():.3f}")  # over the samples, mean over 64 pixels
