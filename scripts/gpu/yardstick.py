"""A U-Net's step in Python, as a yardstick for Darkroom's; no part of the program.

    yardstick.py CONFIG ARCHIVE --size 512 --batch 1,8 --dtype fp16

CONFIG is a U-Net's config.json, or a file with one as its "unet". ARCHIVE is what io.darkroom.network.UNetArchive wrote
for it, beside ARCHIVE.weights. With the same random weights it times, one after the other and in several rounds:

- "archive": Darkroom's own graph, in TorchScript's interpreter;
- "plain": the same architecture as ordinary modules of PyTorch.

Each as it is, as a CUDA graph (one capture, then replays), with kernels and activations in channels-last format and
not, the archive also without the graph executor's optimizations, the modules also through torch.compile. Two pictures
go through the U-Net for each of the batch, as guidance wants it, and a step ends with guidance and an Euler update.
Prints a JSON object a line. A mode that fails has its "error" there, and the others go on.
"""

import argparse
import json
import math
import statistics
import sys
import tempfile
import time
import zipfile

import torch
import torch.nn.functional as F
from torch import nn

DTYPES = {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}
GUIDANCE = 7.5


class ResidualBlock(nn.Module):
    def __init__(self, channels, out_channels, time_channels, groups, epsilon):
        super().__init__()
        self.norm1 = nn.GroupNorm(groups, channels, epsilon)
        self.conv1 = nn.Conv2d(channels, out_channels, 3, padding=1)
        self.time_emb_proj = nn.Linear(time_channels, out_channels)
        self.norm2 = nn.GroupNorm(groups, out_channels, epsilon)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1)
        self.conv_shortcut = nn.Conv2d(channels, out_channels, 1) if channels != out_channels else nn.Identity()

    def forward(self, x, time_embedding):
        h = self.conv1(F.silu(self.norm1(x)))
        h = h + self.time_emb_proj(F.silu(time_embedding))[:, :, None, None]
        return self.conv_shortcut(x) + self.conv2(F.silu(self.norm2(h)))


class Attention(nn.Module):
    def __init__(self, channels, context_channels, heads):
        super().__init__()
        self.heads = heads
        self.to_q = nn.Linear(channels, channels, bias=False)
        self.to_k = nn.Linear(context_channels, channels, bias=False)
        self.to_v = nn.Linear(context_channels, channels, bias=False)
        self.to_out = nn.ModuleList([nn.Linear(channels, channels)])

    def forward(self, x, context):
        q, k, v = (
            y.unflatten(2, (self.heads, -1)).transpose(1, 2)
            for y in (self.to_q(x), self.to_k(context), self.to_v(context))
        )
        return self.to_out[0](F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2))


class GatedLinear(nn.Module):
    def __init__(self, channels, out_channels):
        super().__init__()
        self.proj = nn.Linear(channels, 2 * out_channels)

    def forward(self, x):
        value, gate = self.proj(x).chunk(2, -1)
        return value * F.gelu(gate)


class FeedForward(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.net = nn.Sequential(GatedLinear(channels, 4 * channels), nn.Identity(), nn.Linear(4 * channels, channels))

    def forward(self, x):
        return self.net(x)


class TransformerBlock(nn.Module):
    def __init__(self, channels, context_channels, heads):
        super().__init__()
        self.norm1 = nn.LayerNorm(channels)
        self.attn1 = Attention(channels, channels, heads)
        self.norm2 = nn.LayerNorm(channels)
        self.attn2 = Attention(channels, context_channels, heads)
        self.norm3 = nn.LayerNorm(channels)
        self.ff = FeedForward(channels)

    def forward(self, x, context):
        y = self.norm1(x)
        x = x + self.attn1(y, y)
        x = x + self.attn2(self.norm2(x), context)
        return x + self.ff(self.norm3(x))


class SpatialTransformer(nn.Module):
    def __init__(self, channels, context_channels, heads, depth, groups, linear):
        super().__init__()
        self.linear = linear
        self.norm = nn.GroupNorm(groups, channels, 1e-6)
        self.proj_in = nn.Linear(channels, channels) if linear else nn.Conv2d(channels, channels, 1)
        self.transformer_blocks = nn.ModuleList(
            TransformerBlock(channels, context_channels, heads) for _ in range(depth)
        )
        self.proj_out = nn.Linear(channels, channels) if linear else nn.Conv2d(channels, channels, 1)

    def forward(self, x, context):
        height = x.shape[2]
        y = self.norm(x)
        if self.linear:
            y = self.proj_in(y.flatten(2).transpose(1, 2))
        else:
            y = self.proj_in(y).flatten(2).transpose(1, 2)
        for block in self.transformer_blocks:
            y = block(y, context)
        if self.linear:
            y = self.proj_out(y).transpose(1, 2).unflatten(2, (height, -1))
        else:
            y = self.proj_out(y.transpose(1, 2).unflatten(2, (height, -1)))
        return x + y


class Convolution(nn.Module):
    """The one layer of a downsampler or an upsampler, under the name it has in files."""

    def __init__(self, channels, stride):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, stride=stride, padding=1)

    def forward(self, x):
        return self.conv(x)


class Level(nn.Module):
    """The layers of one resolution, on the way down, in the middle or on the way up."""

    def __init__(self, residual_blocks, transformers):
        super().__init__()
        self.resnets = nn.ModuleList(residual_blocks)
        if transformers:
            self.attentions = nn.ModuleList(transformers)


class PlainUNet(nn.Module):
    """The U-Net of Stable Diffusion 1, 2 and XL; names of weights as in diffusers' files."""

    def __init__(self, config):
        super().__init__()
        channels = config["block_out_channels"]
        levels = len(channels)
        groups, epsilon = config.get("norm_num_groups", 32), config.get("norm_eps", 1e-5)
        time_channels = 4 * channels[0]

        def each(value, default):
            value = config.get(value, default)
            return value if isinstance(value, list) else [value] * levels

        heads, depths = each("attention_head_dim", 8), each("transformer_layers_per_block", 1)
        layers = config.get("layers_per_block", 2)

        def residual(wide, out):
            return ResidualBlock(wide, out, time_channels, groups, epsilon)

        def transformer(level):
            return SpatialTransformer(
                channels[level], config["cross_attention_dim"], heads[level], depths[level], groups,
                config.get("use_linear_projection", False),
            )

        self.first_channels = channels[0]
        self.flips = config.get("flip_sin_to_cos", True)
        self.conv_in = nn.Conv2d(config.get("in_channels", 4), channels[0], 3, padding=1)
        self.time_embedding = nn.Module()
        self.time_embedding.linear_1 = nn.Linear(channels[0], time_channels)
        self.time_embedding.linear_2 = nn.Linear(time_channels, time_channels)
        self.size_channels = None
        if config.get("addition_embed_type") == "text_time":
            self.size_channels = config["addition_time_embed_dim"]
            self.add_embedding = nn.Module()
            self.add_embedding.linear_1 = nn.Linear(config["projection_class_embeddings_input_dim"], time_channels)
            self.add_embedding.linear_2 = nn.Linear(time_channels, time_channels)

        self.down_blocks, self.up_blocks = nn.ModuleList(), nn.ModuleList()
        wide, skips = channels[0], [channels[0]]
        for level, out in enumerate(channels):
            crossed = config["down_block_types"][level].startswith("CrossAttn")
            blocks = []
            for _ in range(layers):
                blocks.append(residual(wide, out))
                skips.append(out)
                wide = out
            down = Level(blocks, [transformer(level) for _ in range(layers)] if crossed else [])
            if level < levels - 1:
                down.downsamplers = nn.ModuleList([Convolution(out, 2)])
                skips.append(out)
            self.down_blocks.append(down)
        self.mid_block = Level([residual(wide, wide), residual(wide, wide)], [transformer(levels - 1)])
        for index, level in enumerate(reversed(range(levels))):
            crossed = config["up_block_types"][index].startswith("CrossAttn")
            blocks = []
            for _ in range(layers + 1):
                blocks.append(residual(wide + skips.pop(), channels[level]))
                wide = channels[level]
            up = Level(blocks, [transformer(level) for _ in range(layers + 1)] if crossed else [])
            if level > 0:
                up.upsamplers = nn.ModuleList([Convolution(wide, 1)])
            self.up_blocks.append(up)
        self.conv_norm_out = nn.GroupNorm(groups, wide, epsilon)
        self.conv_out = nn.Conv2d(wide, config.get("out_channels", 4), 3, padding=1)

    def sinusoids(self, values, count):
        frequencies = torch.exp(
            -math.log(10000) / (count // 2) * torch.arange(count // 2, device=values.device, dtype=torch.float32)
        )
        angles = values.float()[..., None] * frequencies
        parts = [torch.sin(angles), torch.cos(angles)]
        return torch.cat(parts[::-1] if self.flips else parts, -1).to(self.conv_in.weight.dtype)

    def forward(self, x, timestep, text, pooled, ids):
        t = self.sinusoids(timestep, self.first_channels)
        t = self.time_embedding.linear_2(F.silu(self.time_embedding.linear_1(t)))
        if self.size_channels:
            added = torch.cat([pooled, self.sinusoids(ids, self.size_channels).flatten(1)], -1)
            t = t + self.add_embedding.linear_2(F.silu(self.add_embedding.linear_1(added)))
        x = self.conv_in(x)
        skips = [x]
        for down in self.down_blocks:
            for index, block in enumerate(down.resnets):
                x = block(x, t)
                if hasattr(down, "attentions"):
                    x = down.attentions[index](x, text)
                skips.append(x)
            if hasattr(down, "downsamplers"):
                x = down.downsamplers[0](x)
                skips.append(x)
        x = self.mid_block.resnets[0](x, t)
        x = self.mid_block.attentions[0](x, text)
        x = self.mid_block.resnets[1](x, t)
        for up in self.up_blocks:
            for index, block in enumerate(up.resnets):
                x = block(torch.cat([x, skips.pop()], 1), t)
                if hasattr(up, "attentions"):
                    x = up.attentions[index](x, text)
            if hasattr(up, "upsamplers"):
                x = up.upsamplers[0](F.interpolate(x, scale_factor=2.0, mode="nearest"))
        return self.conv_out(F.silu(self.conv_norm_out(x)))


class Measurement:
    def __init__(self, options, config, size, batch, dtype):
        self.options, self.config, self.size, self.batch, self.dtype = options, config, size, batch, dtype
        self.device = torch.device(options.device)
        self.weights = self.random_weights()
        generator = torch.Generator(self.device).manual_seed(2)

        def normal(*shape, dtype=self.dtype):
            return torch.randn(shape, generator=generator, device=self.device).to(dtype)

        self.latents = normal(batch, 4, size // 8, size // 8, dtype=torch.float32)
        self.text = normal(2 * batch, 77, config["cross_attention_dim"])
        self.timesteps = torch.linspace(999.0, 1.0, 4, device=self.device)
        self.is_xl = config.get("addition_embed_type") == "text_time"
        self.pooled = self.ids = None
        if self.is_xl:
            wide = config["projection_class_embeddings_input_dim"] - 6 * config["addition_time_embed_dim"]
            self.pooled = normal(2 * batch, wide)
            self.ids = torch.tensor([[size, size, 0, 0, size, size]] * 2 * batch, device=self.device).float()

    def random_weights(self):
        """What keeps the activations' size: products of variance one over their inputs, norms that change nothing."""
        generator = torch.Generator(self.device).manual_seed(1)
        weights = {}
        with open(self.options.archive + ".weights", encoding="utf-8") as lines:
            for line in lines:
                name, *shape = line.split()
                shape = [int(count) for count in shape]
                if len(shape) == 1:
                    value = torch.full(shape, float(name.endswith("weight")), device=self.device)
                else:
                    value = torch.randn(shape, generator=generator, device=self.device) / math.sqrt(math.prod(shape[1:]))
                weights[name] = value.to(self.dtype)
        return weights

    def archive(self, layout):
        """A step of Darkroom's graph: its parts before the loop are computed here, once."""
        module = load(self.options.archive, layout, self.device)
        weights = [in_format(weight, layout) for weight in self.weights.values()]
        added = (self.pooled, self.ids) if self.is_xl else ()
        times = module.embed_times(weights, self.timesteps, *added)
        contexts = module.embed_context(weights, self.text)

        def step(latents):
            noise = module.denoise_guided(weights, latents, times, 1, contexts, [1.0] * 4, GUIDANCE, 0.0)
            return latents + 0.01 * noise.float()

        return step

    def plain(self, layout, compiled=False):
        with torch.device("meta"):
            module = PlainUNet(self.config)
        module.load_state_dict({name: in_format(weight, layout) for name, weight in self.weights.items()}, assign=True)
        module.eval().requires_grad_(False)
        network = torch.compile(module) if compiled else module

        def step(latents):
            x = in_format(torch.cat([latents, latents]).to(self.dtype), layout)
            noise = network(x, self.timesteps[1:2].expand(2 * self.batch), self.text, self.pooled, self.ids)
            unconditional, conditional = noise.chunk(2)
            return latents + 0.01 * torch.lerp(unconditional, conditional, GUIDANCE).float()

        return step

    def captured(self, step):
        """The step as a CUDA graph: the same kernels on the same memory, started by one call."""
        latents = self.latents.clone()
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(4):
                step(latents)
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            result = step(latents)

        def replay(given):
            latents.copy_(given)
            graph.replay()
            return result

        return replay

    def modes(self):
        """Names and makers, what tells the most first."""
        channels_last, contiguous = torch.channels_last, torch.contiguous_format
        cuda = self.device.type == "cuda"
        if self.options.compile:
            yield "plain", lambda: self.plain(channels_last)
            yield "plain, compiled", lambda: self.plain(channels_last, compiled=True)
            return
        yield "archive", lambda: self.archive(channels_last)
        yield "plain", lambda: self.plain(channels_last)
        if cuda:
            yield "archive, CUDA graph", lambda: self.captured(self.archive(channels_last))
            yield "plain, CUDA graph", lambda: self.captured(self.plain(channels_last))
        yield "archive, contiguous", lambda: self.archive(contiguous)
        yield "plain, contiguous", lambda: self.plain(contiguous)
        yield "archive, no executor", lambda: self.archive(channels_last)

    def timed(self, step, count=2):
        """Seconds a step, and seconds until the processor has started all its kernels."""
        latents = self.latents
        wait(self.device)
        start = time.perf_counter()
        for _ in range(count):
            latents = step(latents)
        started = time.perf_counter() - start
        wait(self.device)
        return (time.perf_counter() - start) / count, started / count

    def run(self):
        steps, rows, counts, first = {}, {}, {}, None
        for name, make in self.modes():
            row = {"yardstick": name, "unet": self.options.name, "size": self.size, "batch_size": self.batch,
                   "dtype": self.options.dtype}
            torch._C._set_graph_executor_optimize(name != "archive, no executor")
            try:
                if self.device.type == "cuda":
                    torch.cuda.reset_peak_memory_stats()
                begin = time.perf_counter()
                step = make()
                for _ in range(3):
                    result = step(self.latents)
                wait(self.device)
                row["warm_up_seconds"] = time.perf_counter() - begin
                if self.device.type == "cuda":
                    row["peak_bytes"] = torch.cuda.max_memory_allocated()
                change = (result - self.latents).double()
                first = change if first is None else first
                row["difference_from_first"] = ((change - first).abs().max() / first.abs().max()).item()
                steps[name], rows[name] = step, row
                figures = self.timed(step)
                counts[name] = max(2, min(50, round(self.options.seconds / figures[0])))
                self.report(row, [figures])
            except Exception as error:  # pylint: disable=broad-except
                row["error"] = f"{type(error).__name__}: {error}".splitlines()[0][:300]
                print(json.dumps(row), flush=True)
        # In turn, so that a drift of clocks or a neighbour is everybody's.
        times = {name: [] for name in steps}
        for _ in range(self.options.repeats):
            for name, step in steps.items():
                torch._C._set_graph_executor_optimize(name != "archive, no executor")
                times[name].append(self.timed(step, counts[name]))
        for name in steps:
            self.report(rows[name] | {"interleaved": True}, times[name])
        torch._C._set_graph_executor_optimize(True)

    def report(self, row, times):
        if times:
            seconds = [total for total, _ in times]
            row["step_seconds"] = {"median": statistics.median(seconds), "min": min(seconds), "max": max(seconds)}
            row["started_seconds"] = statistics.median(started for _, started in times)
            row["steps_per_second"] = 1 / row["step_seconds"]["median"]
        print(json.dumps(row), flush=True)

    def profile(self):
        """Where a step's time goes on the device: kernels by their sum, and the time in which none ran."""
        from torch.profiler import ProfilerActivity, profile

        cuda = self.device.type == "cuda"
        kind = torch.autograd.DeviceType.CUDA if cuda else torch.autograd.DeviceType.CPU
        for name, make in ((n, m) for n, m in self.modes() if n in ("archive", "plain")):
            step = make()
            for _ in range(4):
                step(self.latents)
            wait(self.device)
            with profile(activities=[ProfilerActivity.CPU] + [ProfilerActivity.CUDA] * cuda) as profiler:
                for _ in range(3):
                    step(self.latents)
                wait(self.device)
            print(f"\n== {self.options.name} {self.size}x{self.size} batch {self.batch} {self.options.dtype}: {name}, "
                  "three steps")
            spans = sorted((e.time_range.start, e.time_range.end) for e in profiler.events() if e.device_type == kind)
            busy, end = 0.0, float("-inf")
            for begin, stop in spans:
                busy += max(0.0, stop - max(begin, end))
                end = max(end, stop)
            if spans:
                whole = end - spans[0][0]
                print(f"{len(spans) // 3} {'kernels' if cuda else 'calls'} a step; from the first to the last "
                      f"{whole / 3000:.3f} ms a step, in {100 * (1 - busy / whole):.1f} % of it none ran")
            key = "self_cuda_time_total" if cuda else "self_cpu_time_total"
            print(profiler.key_averages().table(sort_by=key, row_limit=25, max_name_column_width=80), flush=True)


def in_format(tensor, layout):
    return tensor.contiguous(memory_format=layout) if tensor.dim() == 4 else tensor


def wait(device):
    if device.type == "cuda":
        torch.cuda.synchronize()


def load(file, layout, device):
    """The archive; without channels-last format the one call that makes activations so is changed in its code."""
    if layout == torch.channels_last:
        return torch.jit.load(file, map_location=device).eval()
    with tempfile.NamedTemporaryFile(suffix=".pt") as copy:
        with zipfile.ZipFile(file) as source, zipfile.ZipFile(copy.name, "w") as target:
            for entry in source.infolist():
                data = source.read(entry)
                if entry.filename.endswith(".py"):
                    data = data.replace(b"memory_format=2", b"memory_format=0")
                target.writestr(entry.filename, data)
        return torch.jit.load(copy.name, map_location=device).eval()


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("config")
    parser.add_argument("archive")
    parser.add_argument("--name", default="unet", help="what to call it in the results")
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--batch", default="1", help="pictures made together: 1,8")
    parser.add_argument("--dtype", choices=DTYPES, default="fp16")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--seconds", type=float, default=0.4, help="how long to repeat a step for one figure")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--compile", action="store_true", help="the modules alone, as they are and through torch.compile")
    parser.add_argument("--profile", action="store_true", help="a profile of the first batch size in place of timing")
    return parser.parse_args()


def main():
    options = arguments()
    if options.dtype == "fp32":
        torch.backends.cudnn.allow_tf32 = False
    with open(options.config, encoding="utf-8") as file:
        config = json.load(file)
    config = config.get("unet", config)
    print(json.dumps({
        "torch": torch.__version__, "cuda": torch.version.cuda, "device": options.device,
        "nnc_on_gpu": torch._C._jit_texpr_fuser_enabled() and torch._C._jit_can_fuse_on_gpu(),
    }), flush=True)
    with torch.inference_mode():
        for batch in [int(word) for word in options.batch.split(",")]:
            measurement = Measurement(options, config, options.size, batch, DTYPES[options.dtype])
            if options.profile:
                measurement.profile()
                return
            measurement.run()


if __name__ == "__main__":
    sys.exit(main())
