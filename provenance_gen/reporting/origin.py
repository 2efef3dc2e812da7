"""An origin map as a report shows it: who wrote which area, by the record, and what it rests on.

The map is measured elsewhere and handed in. Areas are listed step by step and added up to nothing:
no figure here is one of authorship, and none is of the whole picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, Final, Literal, Protocol

from provenance_gen.records.report import Hand, LayerView, OriginView, ToneView
from provenance_gen.reporting import origin_picture

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance_gen.records.origin import Origin, OriginLayer
    from provenance_gen.records.work import Image, Work
    from provenance_gen.reporting.backing import Grounds
    from provenance_gen.reporting.origin_picture import Labels
    from provenance_gen.reporting.pictures import Pictures
    from provenance_gen.reporting.strings import Phrases

MAX_MAPS: Final = 4
"""Most maps in one report: that of its picture, and of the images exported last."""


@dataclass(frozen=True, eq=False)
class Measured:
    """What is known of where the steps of one image show: a map, or why there is none."""

    origin: Origin | None = None
    labels: Labels | None = None
    """Height by width of the image: the label of each pixel, 0 where none has half of it."""
    missing: Literal["extra", "large", "gone", "unfit", "bundle"] | None = None


class Maps(Protocol):
    """Measures origin maps: a door that the studio opens."""

    def __call__(self, image: Image, /) -> Measured:
        """Return where the steps of an image show."""
        ...


def not_in_bundle(_image: Image) -> Measured:
    """Give a report no maps, since whoever checks it makes it again from events alone."""
    return Measured(missing="bundle")


def origins(
    work: Work, final: Image | None, maps: Maps | None, pictures: Pictures, backing: Grounds
) -> tuple[OriginView, ...]:
    """Return the maps of the picture that a report is of, and of others that were exported.

    Args:
        work: what is reported.
        final: the picture that the report is of.
        maps: measures them; None for a report without.
        pictures: gives the pictures that stand beside them.
        backing: says what statements rest on.
    """
    if maps is None or final is None:
        return ()
    signed = [export.image for export in reversed(work.exports) if export.signed]
    names = list(dict.fromkeys((final.name, *signed)))[:MAX_MAPS]
    return tuple(_view(work, work.image(name), maps, pictures, backing) for name in names)


def _view(work: Work, image: Image, maps: Maps, pictures: Pictures, backing: Grounds) -> OriginView:
    found = maps(image)
    size = {"width": image.stored.width, "height": image.stored.height}
    if found.origin is None:
        return OriginView(image=image.name, missing=found.missing, **size)
    measured = found.origin
    layers = tuple(_layer(work, layer, backing) for layer in measured.layers)
    drawn = None
    if found.labels is not None and (len(layers) > 1 or measured.mixed):
        # Reduced now, so that the map of all pixels need not be kept until the page is written.
        small = origin_picture.fitted(found.labels)
        drawn = cache(partial(origin_picture.draw, small, [layer.hand for layer in layers]))
    return OriginView(
        image=image.name,
        layers=layers,
        mixed=measured.mixed,
        tones=tuple(
            ToneView(image=one.image, operations=one.operations, backing=backing(one.citation))
            for one in measured.tones
        ),
        kept=measured.structure,
        unmeasured=tuple(one.image for one in measured.unmeasured),
        drawn=drawn,
        reduced=cache(partial(_reduced, pictures, image.stored.pixel_digest)),
        **size,
    )


def _reduced(pictures: Pictures, pixel_digest: str) -> bytes | None:
    whole = pictures.full(pixel_digest)
    return None if whole is None else origin_picture.reduced(whole)


def _layer(work: Work, layer: OriginLayer, backing: Grounds) -> LayerView:
    return LayerView(
        label=layer.label,
        image=layer.image,
        writer=layer.writer,
        hand=_hand(work, layer),
        source=layer.source_image,
        extent=layer.extent,
        area=layer.area,
        covered=layer.covered,
        regions=layer.regions,
        backing=backing(*layer.citations),
    )


def _hand(work: Work, layer: OriginLayer) -> Hand:
    """Say who or what wrote a layer; pixels of another image that a person put in are not theirs.

    What was pasted was made by whoever made that image: a model's stay a model's.
    """
    if layer.agent == "external":
        return Hand.CONFIRMED if layer.confirmed else Hand.UNCONFIRMED
    if layer.agent == "import":
        return Hand.OWN if layer.confirmed else Hand.FILE
    if layer.agent == "human":
        if layer.source is not None:
            return _put_in(work, layer.source_image)
        acted = all(citation.by_person for citation in layer.citations)
        return Hand.PERSON if acted else Hand.UNATTRIBUTED
    return Hand.PROGRAM if layer.agent == "program" else Hand.MODEL


def _put_in(work: Work, name: str | None) -> Hand:
    brought = next((item for item in work.imports if item.image.name == name), None)
    if brought is not None:
        return Hand.OWN if brought.own and brought.citation.by_person else Hand.FILE
    if name is None:  # no image of this work
        return Hand.FILE
    first = work.lineage(name)
    return Hand.MODEL if len(first) == 1 else Hand.SEVERAL


def tags(view: OriginView) -> Iterator[tuple[int, tuple[int, int, int, int]]]:
    """Give the numbers to write on a map, and the boxes of the areas that they stand for.

    The step that the picture began with is left out: it lies below all the others.
    """
    for layer in view.layers[1:]:
        for region in layer.regions[:_TAGS]:
            yield layer.label, region.box


def described(view: OriginView, t: Phrases) -> str:
    """Say in words what a map shows, for people who cannot see it: who wrote what, and where.

    Args:
        view: the map.
        t: the sentences of a language.
    """
    said = []
    for layer in view.layers:
        places = dict.fromkeys(place(region.box, view) for region in layer.regions[:_TAGS])
        if not places:
            continue
        said.append(
            t(
                "map.spoken",
                number=layer.label,
                image=layer.image,
                hand=t(f"map.hand.{layer.hand.value}"),
                places=t("page.comma").join(t(f"map.place.{name}") for name in places),
            )
        )
    return " ".join(said)


def place(box: tuple[int, int, int, int], view: OriginView) -> str:
    """Name where in a picture a box lies: the key of a phrase.

    Args:
        box: left, top, width and height in pixels of the picture.
        view: gives the picture's size.
    """
    left, top, width, height = box
    across, down = width >= _MOST * view.width, height >= _MOST * view.height
    if across and down:
        return "all"
    column = ("left", "middle", "right")[_third(left, width, view.width)]
    row = ("top", "middle", "bottom")[_third(top, height, view.height)]
    if across:
        return f"across_{row}"
    return f"down_{column}" if down else f"{row}_{column}"


def _third(start: int, size: int, whole: int) -> int:
    """Return in which third of a side the middle of a box lies: 0, 1 or 2."""
    return min(2, 3 * (2 * start + size) // (2 * whole))


_TAGS: Final = 3
"""Areas of one step that are numbered, the largest."""

_MOST: Final = 0.8
"""What takes this share of a side is said to take all of it."""
