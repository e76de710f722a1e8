//! A QR code as a drawing in the page: black on white, with the quiet zone that readers ask for (ISO/IEC 18004).

use super::html::Html;
use qrcode::{Color, EcLevel, QrCode};
use std::fmt::Write;

/// The drawing of this address; nothing if it is too long for any code.
pub(super) fn drawing(address: &str) -> Option<Html> {
    let code = QrCode::with_error_correction_level(address, EcLevel::M).ok()?;
    let width = code.width();
    let dark = code.to_colors();
    let mut path = String::new();
    for (y, row) in dark.chunks(width).enumerate() {
        let mut x = 0;
        while x < width {
            let run = row[x..].iter().take_while(|color| **color == Color::Dark).count();
            if run > 0 {
                // A String takes whatever it is given.
                let _ = write!(path, "M{} {}h{run}v1h-{run}z", x + QUIET, y + QUIET);
            }
            x += run.max(1);
        }
    }
    let side = (width + 2 * QUIET).to_string();
    let mut html = Html::default();
    html.raw("<svg class=\"qr\" role=\"img\" aria-label=\"QR code: check that this print is current\" viewBox=\"0 0 ");
    html.text(&side).raw(" ").text(&side).raw("\" shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h");
    html.text(&side).raw("v").text(&side).raw("H0z\"/><path d=\"").text(&path).raw("\"/></svg>");
    Some(html)
}

/// White modules around the code.
const QUIET: usize = 4;
