"""Tables for docs/gpu.md from what scripts/gpu/visit wrote: summary.py OUT."""

import json
import pathlib
import sys


def lines(file):
    if file.exists():
        for line in file.read_text(encoding="utf-8").splitlines():
            if line.startswith("{"):
                try:
                    yield json.loads(line)
                except ValueError:
                    print(f"\n(a line of {file.name} is cut off)")


def milliseconds(seconds):
    return "{:.2f} ({:.2f} to {:.2f})".format(*(1000 * seconds[key] for key in ("median", "min", "max")))


def main():
    out = pathlib.Path(sys.argv[1])
    print("| what | size | batch | dtype | step, ms (range) | steps a second | started, ms | memory, MiB |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    variant = ""
    for entry in lines(out / "bench.jsonl"):
        variant = entry.get("variant", variant)
        for case in entry.get("cases", []):
            memory = case.get("memory", {}).get("device_peak_bytes")
            for stage in ("step", "bare_step"):
                print(
                    f"| Darkroom, {entry['model']}, {variant}, {stage} | {case['width']} | {case['batch_size']} "
                    f"| {case['dtype']} | {milliseconds(case['seconds'][stage])} "
                    f"| {1 / case['seconds'][stage]['median']:.1f} | | {memory >> 20 if memory else ''} |"
                )
    best = {}
    for entry in lines(out / "yardstick.jsonl"):
        if "yardstick" in entry:
            key = tuple(entry[name] for name in ("unet", "yardstick", "size", "batch_size", "dtype"))
            best[key] = entry  # the interleaved rounds come after the first figures
    for (unet, name, size, batch, dtype), entry in best.items():
        if "step_seconds" in entry:
            memory = entry.get("peak_bytes")
            print(
                f"| {unet}, {name} | {size} | {batch} | {dtype} | {milliseconds(entry['step_seconds'])} "
                f"| {entry['steps_per_second']:.1f} | {1000 * entry['started_seconds']:.2f} "
                f"| {memory >> 20 if memory else ''} |"
            )
        else:
            print(f"| {unet}, {name} | {size} | {batch} | {dtype} | {entry.get('error', 'none')} | | | |")


if __name__ == "__main__":
    main()
