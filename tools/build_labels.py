"""Build the two tables of eyecandy/backbone/labels: the 1,000 ImageNet classes, and WordNet's tree over them.

imagenet1k.tsv has an everyday word for each class; wordnet.tsv the kinds that they are of, up to "entity".

Sources
- Order of the classes, WordNet ids: timm (https://pypi.org/project/timm), timm/data/_info/imagenet_synsets.txt;
  Copyright Ross Wightman, Apache-2.0.
- Lemmas and hypernyms: WordNet 3.0, Copyright 2006 by Princeton University, all rights reserved; WordNet 3.0
  licence (use, copying, modification and distribution for any purpose and without fee, with its notice), as
  packaged by Debian in wordnet-base.
- Everyday words: the table EVERYDAY below, a part of eyecandy.

Usage: python tools/build_labels.py [--timm WHEEL] [--wordnet DEB] [--output FOLDER]
What is not given is downloaded into a temporary folder with pip and apt-get; unpacking the Debian package takes
dpkg-deb. So the script runs on Debian and its relatives.
"""

import argparse
import collections
import io
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TIMM = "timm==1.0.31"
OUTPUT = Path(__file__).resolve().parents[1] / "eyecandy/backbone/labels"

# `word: lemma, lemma` gives the word to these synsets and all below them; a bare `word` is its own lemma. The
# nearest listed synset at or above a class decides (of two equally near ones, the one listed first); a class that
# has none keeps its own first lemma (so "leopard" need not list the leopard). A lemma that several synsets at or
# above the 1,000 classes share is followed by the WordNet id that is meant.
# A word is as specific as what one would call the thing at a glance: every breed is a dog, but a violin is not
# "an instrument". Things that classes name by a part or by their contents take the word of the thing seen.
EVERYDAY = """
dog: dog, dingo; wild dog; wolf; coyote; fox; cat: domestic cat; leopard: snow leopard; bear; red panda
panda: giant panda; ferret: ferret, fitch; weasel: mink; elephant: elephant, tusker; kangaroo; whale; seal
sloth: three-toed sloth; rabbit: leporid; squirrel; horse; hippo; pig: hog, wild boar; cow: cattle; goat
sheep: sheep, bighorn; buffalo: water buffalo; antelope; camel; lemur; monkey; gibbon: lesser ape; bird
chicken: cock, hen; eagle; owl; parrot; hummingbird; toucan; duck; swan; goose; stork; penguin; pelican
flamingo; peacock; vulture; ostrich; fish; shark; ray; eel; frog; salamander; axolotl; turtle; lizard
crocodile: crocodilian reptile; dinosaur; snake; spider: spider, harvestman; insect; beetle; ladybug; fly; bee
ant; grasshopper; cricket; stick insect; cockroach; mantis; cicada; dragonfly: odonate; butterfly; worm
crab: crab, hermit crab; lobster: lobster, crawdad; coral: coral, coral reef; shell: conch; nautilus

car: automobile, grille; taxi; ambulance; van: minibus, police van; truck; bus; fire truck; camper: RV
train: train, locomotive, freight car, passenger car; tram; cart: cart n02970849
motorcycle: moped, motor scooter; bicycle; golf cart; sled; wheelbarrow; rickshaw; harvester: farm machine
wheel: car wheel; mirror: car mirror; boat; canoe; sailboat: sailing vessel, yawl; ship; shipwreck: wreck
submarine; plane: airplane, warplane, wing; rocket: missile n03773504, projectile n04008634
amphibious vehicle

gun; cannon; sword: scabbard; armor; shield: buckler; mask: ski mask, oxygen mask; gas mask: gasmask
helmet: helmet n03513137, pickelhaube; hat; cap: bathing cap, shower cap; shirt; sweater; coat
robe: abaya, academic gown, vestment; dress: frock, hoopskirt, overskirt; skirt; jeans: blue jean
pajamas: pajama; uniform; swimsuit: swimsuit, maillot n03710637; bra; tie: necktie; bow tie; scarf
feather boa; glove; vest; shoe: shoe, clog; sandal; boot; sunglasses: sunglass; bag: mailbag, plastic bag
hair clip: hair slide; pacifier: nipple; watch; cloth: dishrag, velvet; towel; paper towel

bottle; jug: jug, pitcher; glass; cup: coffee mug, espresso; bowl; pot: Crock Pot, Dutch oven, caldron
flowerpot; pan; spoon: wooden spoon, ladle; knife; barrel: rain barrel; box; chest: chest n03014705; safe
mailbox; pencil case; basket; trash can; bathtub: vat; soup; wine; salt shaker; coffee maker; oven: rotisserie
washing machine; vacuum cleaner; hair dryer; fan; heater: space heater; sink: washbasin; toilet: toilet seat
toilet paper; curtain; blinds: window shade; window: window screen; door; rug; blanket: quilt; crib: baby bed
bed; sofa; chair; throne; bench; table: dining table; cabinet; filing cabinet; dresser: chest of drawers
bookshelf: bookcase; lamp: table lamp, lampshade; fireplace: fireguard

guitar; piano; drum: steel drum; trumpet; saxophone; horn: French horn; xylophone; bell: chime
ball: ball n02778669; punching bag; weights: weight; clock; lock; camera; computer; laptop: laptop, notebook
television: entertainment center; phone: telephone, hand-held computer; screen: monitor n03782006
keyboard: computer keyboard, space bar; typewriter: typewriter keyboard; printer: photocopier; computer mouse
stereo: cassette player, CD player, tape player; speaker; hard disk; web page: web site; light switch: switch
magnifying glass: loupe; compass; pen; quill; ruler: rule, slide rule; eraser; guitar pick: pick
puzzle: jigsaw puzzle; crossword; book: book jacket; sign: street sign; axe: hatchet; drill: power drill
hand plane: carpenter's plane; mop; toolbox: tool kit; makeup: face powder; lotion: sunscreen; teddy bear
slot machine: slot; match: matchstick; bandage; pumpkin: jack-o'-lantern; dish rack: plate rack

building: monastery, planetarium, prison; church: bell cote; lighthouse; temple: stupa; tent: tent, yurt
shop: shop, grocery store; sawmill; roof: thatch, tile roof; ceiling: vault; arch: triumphal arch; plaque
railing: bannister; beehive: bee house; fence; wall: stone wall; bridge; pier: dock; oil rig: offshore rig
flag: flagpole; mountain; volcano; coast: promontory; beach: seashore, sandbar; lake: lakeside

bread; meat loaf; bagel; pretzel; burger: hamburger; hot dog; popsicle; dessert: trifle; pasta: carbonara
pie: potpie; cabbage; squash; zucchini; pepper: bell pepper; thistle: cardoon; mushroom: fungus; apple
drink: eggnog; flower; field: rapeseed; corn: ear; rose hip; chestnut: buckeye; person; diver: scuba diver
"""


class BuildError(RuntimeError):
    """The inputs are not the known ones, or the table does not fit them."""


@dataclass(frozen=True)
class Synset:
    """A noun of WordNet: its words, the most usual first, and the ids of the synsets right above it."""

    lemmas: list[str]
    hypernyms: list[str]


def read_order(wheel: Path) -> list[str]:
    """WordNet ids of the 1,000 classes, in class order."""
    with zipfile.ZipFile(wheel) as archive:
        wnids = archive.read("timm/data/_info/imagenet_synsets.txt").decode("ascii").split()
    if len(set(wnids)) != 1000 or len(wnids) != 1000:
        raise BuildError(f"{wheel} lists {len(wnids)} classes; 1000 different ones were expected")
    return wnids


def read_wordnet(package: Path) -> dict[str, Synset]:
    """All nouns of WordNet by id ("n" and the eight digits of the offset); the format is wndb(5WN)."""
    tar = subprocess.run(["dpkg-deb", "--fsys-tarfile", package], check=True, stdout=subprocess.PIPE).stdout
    with tarfile.open(fileobj=io.BytesIO(tar)) as archive:
        member = archive.extractfile("./usr/share/wordnet/data.noun")
        if member is None:
            raise BuildError(f"{package} holds no data.noun")
        lines = member.read().decode("ascii").splitlines()
    nouns = {}
    for line in lines:
        if line.startswith(" "):  # the licence
            continue
        fields = line.split(" | ")[0].split()
        words = int(fields[3], 16)
        lemmas = [lemma.replace("_", " ") for lemma in fields[4 : 4 + 2 * words : 2]]
        pointers = fields[5 + 2 * words :]
        targets = zip(pointers[0::4], pointers[1::4], strict=True)
        hypernyms = ["n" + target for symbol, target in targets if symbol in ("@", "@i")]
        nouns["n" + fields[0]] = Synset(lemmas, hypernyms)
    return nouns


def ancestry(wnid: str, nouns: dict[str, Synset]) -> dict[str, int]:
    """The synset and all above it, with the number of steps up to each, nearest first."""
    steps = {wnid: 0}
    queue = collections.deque([wnid])
    while queue:
        below = queue.popleft()
        for above in nouns[below].hypernyms:
            if above not in steps:
                steps[above] = steps[below] + 1
                queue.append(above)
    return steps


def entries(table: str) -> Iterator[tuple[str, str]]:
    """(word, lemma) pairs of the table, in its order."""
    for entry in table.replace("\n", ";").split(";"):
        word, _, lemmas = entry.partition(":")
        for lemma in (lemmas or word).split(","):
            if lemma.strip():
                yield word.strip(), lemma.strip()


def resolve(table: str, wnids: list[str], nouns: dict[str, Synset]) -> dict[str, str]:
    """The everyday word of each synset that the table lists, by WordNet id."""
    by_lemma = collections.defaultdict(list)
    for synset in {above for wnid in wnids for above in ancestry(wnid, nouns)}:
        for lemma in nouns[synset].lemmas:
            by_lemma[lemma].append(synset)
            by_lemma[f"{lemma} {synset}"].append(synset)
    listed: dict[str, str] = {}
    for word, lemma in entries(table):
        found = by_lemma[lemma]
        if len(found) != 1:
            raise BuildError(f"{word}: {lemma!r} is {len(found)} synsets {sorted(found)}; one was expected")
        if found[0] in listed:
            raise BuildError(f"{word}: {lemma!r} has the word {listed[found[0]]!r} already")
        listed[found[0]] = word
    return listed


def everyday_word(wnid: str, listed: dict[str, str], nouns: dict[str, Synset]) -> str:
    """The word of the nearest listed synset, or the class's own first lemma."""
    steps = ancestry(wnid, nouns)
    above = [synset for synset in listed if synset in steps]
    return listed[min(above, key=steps.__getitem__)] if above else nouns[wnid].lemmas[0]


def labels(wnids: list[str], words: list[str], nouns: dict[str, Synset]) -> list[str]:
    """First lemmas, told apart by a second name where one would also mean another class or its word."""
    plain = [nouns[wnid].lemmas[0] for wnid in wnids]
    meanings = collections.defaultdict(set)
    for wnid, name, word in zip(wnids, plain, words, strict=True):
        meanings[name.casefold()].add(wnid)
        meanings[word.casefold()].add(word)
    named = []
    for wnid, name, word in zip(wnids, plain, words, strict=True):
        if meanings[name.casefold()] - {wnid, word}:
            second = [*nouns[wnid].lemmas[1:], *nouns[nouns[wnid].hypernyms[0]].lemmas][0]
            name = second if name in second else f"{name} ({second})"
        named.append(name)
    if len({name.casefold() for name in named}) != len(named):
        raise BuildError("two classes have the same label")
    return named


def tree(wnids: list[str], listed: dict[str, str], nouns: dict[str, Synset]) -> str:
    """The second table as text: a row for each synset at or above a class, by WordNet id.

    The ids of the synsets right above it, its lemmas, and the everyday word that it is listed for, if any: all classes
    below are meant by that word, also those of more special words.
    """
    synsets = sorted({above for wnid in wnids for above in ancestry(wnid, nouns)})
    rows = ((s, " ".join(nouns[s].hypernyms), "|".join(nouns[s].lemmas), listed.get(s, "")) for s in synsets)
    return "wnid\tabove\tlemmas\tword\n" + "".join("\t".join(row) + "\n" for row in rows)


def build(wheel: Path, package: Path) -> dict[str, str]:
    """The tables as text, by name; the first has 1,000 rows of class index, WordNet id, label, everyday word."""
    wnids, nouns = read_order(wheel), read_wordnet(package)
    listed = resolve(EVERYDAY, wnids, nouns)
    words = [everyday_word(wnid, listed, nouns) for wnid in wnids]
    unused = set(listed.values()) - set(words)
    if unused:
        raise BuildError(f"words that no class has: {sorted(unused)}")
    rows = zip(range(len(wnids)), wnids, labels(wnids, words, nouns), words, strict=True)
    classes = "index\twnid\tlabel\tword\n" + "".join("\t".join(map(str, row)) + "\n" for row in rows)
    return {"imagenet1k.tsv": classes, "wordnet.tsv": tree(wnids, listed, nouns)}


def fetch(command: list[str], folder: Path, pattern: str) -> Path:
    """Run a download command inside the folder and return the one file that it left there."""
    subprocess.run(command, cwd=folder, check=True, stdout=sys.stderr)
    return next(folder.glob(pattern))


def main() -> None:
    parser = argparse.ArgumentParser(description="Build the tables of ImageNet labels, everyday words and kinds.")
    parser.add_argument("--timm", type=Path, metavar="WHEEL", help=f"a wheel of {TIMM}")
    parser.add_argument("--wordnet", type=Path, metavar="DEB", help="Debian's package wordnet-base")
    parser.add_argument("--output", type=Path, metavar="FOLDER", default=OUTPUT, help="default: %(default)s")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pip = [sys.executable, "-m", "pip", "download", "--no-deps", TIMM]
        wheel = options.timm or fetch(pip, folder, "timm-*.whl")
        package = options.wordnet or fetch(["apt-get", "download", "wordnet-base"], folder, "wordnet-base_*.deb")
        try:
            tables = build(wheel, package)
        except BuildError as error:
            sys.exit(f"build_labels: {error}")
    for name, text in tables.items():
        partial = options.output / f"{name}.partial"
        partial.write_text(text, encoding="utf-8", newline="\n")
        print(partial.replace(options.output / name))


if __name__ == "__main__":
    main()
