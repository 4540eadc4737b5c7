"""The list of local styles, by id."""

from app.adapters.local import drawn, light, painted, pieces, printed
from app.adapters.local.base import LocalStyle

_ALL = (
    LocalStyle("pencil", "Pencil", "Pensil", drawn.pencil),
    LocalStyle("ink", "Pen and ink", "Pena dan tinta", drawn.pen),
    LocalStyle("engraving", "Banknote engraving", "Ukiran uang kertas", drawn.engraving),
    LocalStyle("watercolour", "Watercolour", "Cat air", painted.watercolour),
    LocalStyle("oil", "Oil painting", "Lukisan minyak", painted.oil),
    LocalStyle("comic", "Comic", "Komik", printed.comic),
    LocalStyle("pop-art", "Pop art", "Pop art", printed.pop_art),
    LocalStyle("halftone", "Magazine dots", "Titik majalah", printed.halftone),
    LocalStyle("risograph", "Risograph", "Risograf", printed.risograph),
    LocalStyle("duotone", "Duotone poster", "Poster duoton", printed.duotone),
    LocalStyle("vintage-film", "Vintage film", "Film jadul", light.film),
    LocalStyle("neon", "Neon", "Neon", light.neon),
    LocalStyle("stained-glass", "Stained glass", "Kaca patri", pieces.stained_glass),
    LocalStyle("low-poly", "Facets", "Poligon", pieces.low_poly),
    LocalStyle("paper-cut", "Paper cut", "Potongan kertas", pieces.paper_cut),
)

STYLES: dict[str, LocalStyle] = {style.id: style for style in _ALL}
