"""Labels of classes and everyday words."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eyecandy.backbone import labels
from eyecandy.backbone.labels import Labels
from eyecandy.errors import EyecandyError

KNOWN = [
    (0, "tench", "fish"),
    (2, "great white shark", "shark"),
    (7, "cock", "chicken"),
    (9, "ostrich", "ostrich"),
    (15, "robin", "bird"),
    (80, "black grouse", "bird"),
    (101, "tusker", "elephant"),
    (134, "crane (wading bird)", "bird"),
    (151, "Chihuahua", "dog"),
    (242, "boxer", "dog"),
    (243, "bull mastiff", "dog"),
    (248, "Eskimo dog", "dog"),
    (264, "Cardigan Welsh corgi", "dog"),
    (268, "Mexican hairless", "dog"),
    (269, "timber wolf", "wolf"),
    (275, "African hunting dog", "wild dog"),
    (277, "red fox", "fox"),
    (281, "tabby", "cat"),
    (284, "Siamese cat", "cat"),
    (285, "Egyptian cat", "cat"),
    (287, "lynx", "lynx"),
    (292, "tiger", "tiger"),
    (301, "ladybug", "ladybug"),
    (323, "monarch", "butterfly"),
    (366, "gorilla", "gorilla"),
    (387, "lesser panda", "red panda"),
    (388, "giant panda", "panda"),
    (404, "airliner", "plane"),
    (474, "cardigan (sweater)", "sweater"),
    (486, "cello", "cello"),
    (517, "crane (lifting device)", "crane"),
    (638, "maillot (tights)", "swimsuit"),
    (639, "maillot (tank suit)", "swimsuit"),
    (657, "missile", "rocket"),
    (673, "mouse", "computer mouse"),
    (726, "carpenter's plane", "hand plane"),
    (817, "sports car", "car"),
    (867, "trailer truck", "truck"),
    (889, "violin", "violin"),
    (934, "hotdog", "hot dog"),
    (962, "meat loaf", "meat loaf"),
    (967, "espresso", "cup"),
    (999, "toilet tissue", "toilet paper"),
]

PETS = Labels(("boxer", "Bull mastiff", "tabby", "7"), ("dog", "dog", "cat", "number"))
TABLE = Path(labels.__file__).with_name("imagenet1k.tsv")

line = (
    st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufeff"), min_size=1)
    .map(str.strip)
    .filter(len)
)


@pytest.mark.parametrize(("index", "label", "word"), KNOWN)
def test_imagenet_label_and_word(index: int, label: str, word: str) -> None:
    imagenet = labels.imagenet()
    assert imagenet.names[index] == label
    assert imagenet.word_of(index) == word
    assert index in imagenet.find(label)
    assert index in imagenet.find(word)


def test_imagenet_table_is_whole() -> None:
    rows = [row.split("\t") for row in TABLE.read_text(encoding="utf-8").splitlines()[1:]]
    assert [int(row[0]) for row in rows] == list(range(1000)) and len(labels.imagenet()) == 1000
    wnids = [row[1] for row in rows]
    assert wnids == sorted(set(wnids))  # the order of ILSVRC 2012 is that of the WordNet ids
    assert wnids[0] == "n01440764" and wnids[-1] == "n15075141"
    assert all(row[2] == row[2].strip() != "" and row[3] == row[3].strip() != "" for row in rows)


def test_imagenet_words_are_neither_too_wide_nor_too_narrow() -> None:
    counts = Counter(labels.imagenet().words)
    assert counts["dog"] == 118 + 1  # the breeds and the dingo
    assert labels.imagenet().find("dog") == [*range(151, 269), 273]
    assert labels.imagenet().find("cat") == [281, 282, 283, 284, 285]
    assert 400 < len(counts) < 700
    assert counts.most_common(2)[1][0] == "bird"
    assert not counts.keys() & {
        "animal",
        "device",
        "instrument",
        "artifact",
        "structure",
        "food",
        "container",
        "vehicle",
    }


def test_imagenet_names_mean_one_thing() -> None:
    imagenet = labels.imagenet()
    assert max(Counter(name.casefold() for name in imagenet.names).values()) == 1
    words = {word.casefold() for word in imagenet.words}
    assert len(words) == len(imagenet.word_list)
    # A label that is also somebody's everyday word is that class's own word: "plane" never finds a carpenter's plane.
    for name, word in zip(imagenet.names, imagenet.words, strict=True):
        assert name.casefold() not in words or name.casefold() == word.casefold()


@pytest.mark.parametrize(
    ("query", "classes"),
    [
        ("boxer", [0]),
        ("  BULL mastiff ", [1]),
        ("Dog", [0, 1]),
        ("cat", [2]),
        (2, [2]),
        (np.int64(1), [1]),
        ("2", [2]),
        ("7", [3]),  # a label of digits goes before a class number
    ],
)
def test_find(query: str | int, classes: list[int]) -> None:
    assert PETS.find(query) == classes


def test_find_takes_all_classes_of_a_word_that_is_also_a_label() -> None:
    assert labels.imagenet().find("leopard") == [288, 289]
    assert labels.imagenet().find("snow leopard") == [289]


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("taby", "'tabby'"),
        ("siamese", "'Siamese cat'"),
        ("husky", "'Siberian husky'"),
        ("corgy", "'corgi'"),
        ("motor vehicles", "'motor vehicle'"),
        ("doog", "'dog'"),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest(query: str, named: str) -> None:
    with pytest.raises(EyecandyError) as caught:
        labels.imagenet().find(query)
    message = str(caught.value)
    assert repr(query) in message and named in message and "0 to 999" in message and "\n" not in message


def test_a_kind_means_all_that_are_one() -> None:
    imagenet = labels.imagenet()
    animals = {imagenet.words[index] for index in imagenet.find("animal")}
    assert {"dog", "cat", "eagle", "shark", "butterfly"} <= animals and not {"car", "pizza", "flower"} & animals
    assert [imagenet.names[index] for index in imagenet.find("corgi")] == ["Pembroke", "Cardigan Welsh corgi"]
    assert imagenet.find("n02084071") == imagenet.find("domestic dog") and imagenet.find("n02123045") == [281]
    assert set(imagenet.find("motor vehicle")) < set(imagenet.find("Vehicle"))


def test_a_word_is_a_kind_where_it_is_one() -> None:
    imagenet = labels.imagenet()
    eagle = imagenet.find("bald eagle")
    assert not set(eagle) & set(imagenet.find("bird")) and set(eagle) < set(imagenet.find_kind("bird"))
    # but the everyday cat is the house cat, though WordNet calls lions so too
    assert imagenet.find_kind("cat") == imagenet.find("cat")
    assert imagenet.find_kind(15) == [15] and imagenet.find_kind("tabby") == [281]
    assert PETS.find_kind("dog") == [0, 1]
    with pytest.raises(EyecandyError, match="no class is called 'animal'"):
        PETS.find_kind("animal")


@pytest.mark.parametrize("query", ["", "qqqqqqqq", "((", "9" * 5000, "qq\nqqqq"])
def test_a_hopeless_name_is_refused_without_nearest(query: str) -> None:
    with pytest.raises(EyecandyError, match="no class is called") as caught:
        labels.imagenet().find(query)
    message = str(caught.value)
    assert "nearest" not in message and "\n" not in message and len(message) < 250


@pytest.mark.parametrize("query", [4, -1, "4", "-1"])
def test_a_class_number_out_of_range_is_refused(query: str | int) -> None:
    with pytest.raises(EyecandyError, match=f"class number {query} does not exist; give one from 0 to 3"):
        PETS.find(query)


def test_word_of_an_unknown_class_is_refused() -> None:
    with pytest.raises(EyecandyError, match="class number -1 does not exist"):
        PETS.word_of(-1)


def test_word_probabilities_add_up_by_word() -> None:
    assert PETS.word_list == ("dog", "cat", "number")
    assert PETS.word_ids.tolist() == [0, 0, 1, 2]
    sums = PETS.word_probabilities(np.array([[0.5, 0.25, 0.125, 0.125], [0.0, 1.0, 0.0, 0.0]]))
    np.testing.assert_array_equal(sums, [[0.75, 0.125, 0.125], [1.0, 0.0, 0.0]])


@given(st.integers(0, 2**32 - 1), st.sampled_from([(), (3,), (2, 3), (0,)]))
def test_word_probabilities_keep_the_total(seed: int, places: tuple[int, ...]) -> None:
    imagenet = labels.imagenet()
    p = np.random.default_rng(seed).dirichlet(np.full(1000, 0.05), size=places)
    sums = imagenet.word_probabilities(p)
    assert sums.shape == (*places, len(imagenet.word_list))
    np.testing.assert_allclose(sums.sum(-1), np.ones(places))
    np.testing.assert_allclose(sums[..., imagenet.word_list.index("dog")], p[..., imagenet.find("dog")].sum(-1))


def test_word_probabilities_refuse_another_number_of_classes() -> None:
    with pytest.raises(EyecandyError, match=r"each of 4 classes .* shape \(4, 3\)"):
        PETS.word_probabilities(np.zeros((4, 3)))


def test_word_ids_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="read-only"):
        PETS.word_ids[0] = 2


def test_names_and_words_of_different_number_are_refused() -> None:
    with pytest.raises(EyecandyError, match="2 names and 1 words"):
        Labels(("a", "b"), ("a",))


@given(names=st.lists(line, min_size=1), end=st.sampled_from(["", "\n", "\r\n", "\n\n  \n"]))
def test_read_gives_back_what_was_written(names: list[str], end: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("labels") / "labels.txt"
    path.write_text("\n".join(names) + end, encoding="utf-8", newline="")
    found = labels.read(path, expect=len(names))
    assert found.names == found.words == tuple(names)
    assert all(i in found.find(name) for i, name in enumerate(names))


def test_numbered_lines_may_stand_in_any_order(tmp_path: Path) -> None:
    path = tmp_path / "labels.txt"
    path.write_text("2 oak\n0 cat\n1 big dog\n")
    assert labels.read(path).names == ("cat", "big dog", "oak")
    path.write_text("2 cats\n1 dog\n2 oaks\n")  # numbers of things, not of classes
    assert labels.read(path).names == ("2 cats", "1 dog", "2 oaks")


def test_read_understands_windows_text(tmp_path: Path) -> None:
    path = tmp_path / "labels.txt"
    path.write_bytes("\ufeffHund\r\nKätzchen \r\n".encode())
    assert labels.read(path).names == ("Hund", "Kätzchen")


@pytest.mark.parametrize(
    ("content", "expect", "message"),
    [
        (b"", None, "holds no labels"),
        (b"\n \n", 2, "holds no labels"),
        (b"a\n\nb\n", None, "line 2 is blank"),
        (b"a\nb\n", 3, "has 2 labels; the network has 3 classes"),
        (b"a\n\xff\xfe\n", None, r"not UTF-8 text \(byte 2\)"),
    ],
)
def test_a_bad_label_file_is_refused(tmp_path: Path, content: bytes, expect: int | None, message: str) -> None:
    path = tmp_path / "labels.txt"
    path.write_bytes(content)
    with pytest.raises(EyecandyError, match=message) as caught:
        labels.read(path, expect=expect)
    assert "labels.txt" in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("constructor", [labels.read, labels.places365])
def test_a_label_file_that_cannot_be_read_is_refused(tmp_path: Path, constructor: type) -> None:
    with pytest.raises(EyecandyError, match="No such file"):
        constructor(tmp_path / "none.txt")
    with pytest.raises(EyecandyError, match="irectory"):
        constructor(tmp_path)


def test_places365(tmp_path: Path) -> None:
    path = tmp_path / "categories.txt"
    path.write_text("/a/airfield 0\n/a/apartment_building/outdoor 2\n/h/harbor 1\n/b/bazaar/indoor 3\n")
    found = labels.places365(path, expect=4)
    assert found.names == ("/a/airfield 0", "/h/harbor 1", "/a/apartment_building/outdoor 2", "/b/bazaar/indoor 3")
    assert found.words == ("airfield", "harbor", "apartment building", "bazaar")
    assert found.find("apartment building") == found.find("/a/apartment_building/outdoor 2") == [2]


def test_places365_has_365(tmp_path: Path) -> None:
    path = tmp_path / "categories.txt"
    path.write_text("".join(f"/p/place_{i} {i}\n" for i in range(365)))
    assert labels.places365(path).names[171] == "/p/place_171 171"
    path.write_text("".join(f"/p/place_{i} {i}\n" for i in range(364)))
    with pytest.raises(EyecandyError, match="has 364 labels; the network has 365 classes"):
        labels.places365(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "holds no labels"),
        ("/a/airfield 0\nharbor 1\n", "line 2 should look like '/h/harbor 171'; it is 'harbor 1'"),
        ("/a/airfield 0\n\n/h/harbor 1\n", "line 2 should look like"),
        ("/a/airfield 0\n/h/harbor 0\n", "line 2 gives class number 0 a second time"),
        ("/a/airfield 0\n/h/harbor 2\n", "class number 1 is missing"),
        ("/a/airfield 1\n", "class number 0 is missing"),
        ("<html>" + "x" * 5000, "line 1 should look like"),
    ],
)
def test_a_bad_places_file_is_refused(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "categories.txt"
    path.write_text(content)
    with pytest.raises(EyecandyError, match=message) as caught:
        labels.places365(path, expect=None)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 300 + len(str(path))


def test_generic() -> None:
    found = labels.generic(3)
    assert found.names == found.words == ("class 0", "class 1", "class 2")
    assert found.find("class 2") == found.find("2") == [2]


def test_labels_do_not_import_tensorflow() -> None:
    code = "import sys; from eyecandy.backbone import labels; labels.imagenet(); print('tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
