//! Pictures beside the parts of the easy-read print: drawn here, thick lines in black, for those who read pictures sooner
//! than words. They say nothing that the heading beside them does not.

/// The picture of a section; a sheet of paper for one that has none of its own.
pub(super) fn of(section: &str) -> &'static str {
    PICTOGRAMS.iter().find(|(id, _)| *id == section).map_or(PAPER, |(_, drawing)| drawing)
}

/// An `svg` element of 24 by 24 with these lines.
macro_rules! drawing {
    ($lines:literal) => {
        concat!(
            "<svg class=\"picture\" aria-hidden=\"true\" viewBox=\"0 0 24 24\" fill=\"none\" stroke=\"#000\" \
             stroke-width=\"2\" stroke-linecap=\"round\" stroke-linejoin=\"round\">",
            $lines,
            "</svg>"
        )
    };
}

const PAPER: &str = drawing!("<path d=\"M6 2h9l4 4v16H6zM15 2v4h4M9 11h7M9 15h7M9 19h4\"/>");
const PERSON: &str = drawing!("<circle cx=\"12\" cy=\"7\" r=\"4\"/><path d=\"M4 22c0-5 3-8 8-8s8 3 8 8\"/>");
const HEART: &str =
    drawing!("<path d=\"M12 21C5 15 3 12 3 8.5a4.5 4.5 0 0 1 9-1 4.5 4.5 0 0 1 9 1C21 12 19 15 12 21z\"/>");
const HAND: &str = drawing!(
    "<path d=\"M7 12V5a1.5 1.5 0 0 1 3 0v6M10 10V3.5a1.5 1.5 0 0 1 3 0V10M13 10V5a1.5 1.5 0 0 1 3 0v7M16 9a1.5 1.5 0 0 1 3 0v6c0 4-2 7-6 7-3 0-5-2-7-5l-2-4c-.5-1.5 1.5-2.5 2.5-1L7 14\"/>"
);
const PILL: &str = drawing!("<path d=\"M4.5 13.5l9-9a4.24 4.24 0 0 1 6 6l-9 9a4.24 4.24 0 0 1-6-6zM9 9l6 6\"/>");
const TELEPHONE: &str =
    drawing!("<path d=\"M5 3h4l2 5-3 2c1 3 3 5 6 6l2-3 5 2v4c0 1-1 2-2 2C11 21 3 13 3 5c0-1 1-2 2-2z\"/>");
const HOUSE: &str = drawing!("<path d=\"M3 11l9-8 9 8M5 10v11h14V10M10 21v-6h4v6\"/>");
const SPEECH: &str = drawing!("<path d=\"M3 4h18v12h-9l-5 5v-5H3zM7 8h10M7 12h6\"/>");
const TARGET: &str = drawing!(
    "<circle cx=\"12\" cy=\"12\" r=\"9\"/><circle cx=\"12\" cy=\"12\" r=\"5\"/><circle cx=\"12\" cy=\"12\" r=\"1\"/>"
);
const WARNING: &str = drawing!("<path d=\"M12 3L2 21h20zM12 10v5M12 18v.01\"/>");
const CUP: &str =
    drawing!("<path d=\"M4 8h13v8a5 5 0 0 1-5 5H9a5 5 0 0 1-5-5zM17 10h2a2 2 0 0 1 0 5h-2M8 2v3M12 2v3\"/>");

const PICTOGRAMS: [(&str, &str); 17] = [
    ("about-me", PERSON),
    ("goals", TARGET),
    ("decisions", HAND),
    ("health", HEART),
    ("medicines", PILL),
    ("contacts", TELEPHONE),
    ("home-access", HOUSE),
    ("communication", SPEECH),
    ("daily-living", CUP),
    ("contingency", WARNING),
    ("palliative", WARNING),
    ("frailty", WARNING),
    ("dementia", WARNING),
    ("learning-disability", WARNING),
    ("epilepsy", WARNING),
    ("adrenal-crisis", WARNING),
    ("sickle-cell", WARNING),
];
