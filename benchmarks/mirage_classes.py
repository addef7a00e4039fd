"""Whether mirages are seen as their photos are: the photo's three likeliest classes among the picture's five likeliest.

    python benchmarks/mirage_classes.py samples/chelsea.jpg samples/china.jpg ... [--size 384] [--spatial-weight 0]

The reading is that of `eyecandy mirage`, which it shows before the first step and after the last one: the softmax of
the logits averaged over places, at the size of the picture.
"""

import argparse
from pathlib import Path

from eyecandy.art.recipes.mirage import mirage
from eyecandy.backbone.load import load_backbone

SOUGHT, AMONG = 3, 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path, nargs="+", metavar="PHOTO")
    parser.add_argument("--size", type=int, default=384)
    parser.add_argument("--spatial-weight", type=float, default=0.0)
    parser.add_argument("--backbone", default="efficientnet-lite0")
    parser.add_argument("--to", type=Path, metavar="FOLDER", help="keep the pictures here")
    arguments = parser.parse_args()

    net = load_backbone(arguments.backbone)
    kept = 0
    for photo in arguments.photos:
        made = mirage(photo, backbone=net, size=arguments.size, spatial_weight=arguments.spatial_weight)
        if arguments.to is not None:
            made.save(arguments.to / f"{photo.stem}.png", overwrite=True)
        first, last = made.record["seeing"][0], made.record["seeing"][-1]
        sought = [one["number"] for one in first["classes"][:SOUGHT]]
        ranks = {one["number"]: rank for rank, one in enumerate(last["classes"][:AMONG], start=1)}
        good = all(number in ranks for number in sought)
        kept += good
        told = ", ".join(
            f"{one['label']} {one['probability']:.2f} -> {now['probability']:.2f} ({ranks.get(one['number'], '-')})"
            for one, now in zip(first["sought"][:SOUGHT], last["sought"][:SOUGHT], strict=True)
        )
        print(f"{'kept' if good else 'lost'}  {photo.name}: {told}", flush=True)
    print(f"the photo's top {SOUGHT} among the picture's top {AMONG} on {kept} of {len(arguments.photos)} photos")


if __name__ == "__main__":
    main()
