//! Pictures that a phone reads, as one path of an SVG.

use std::fmt::Write as _;

use qrcodegen::{QrCode, QrCodeEcc};

/// Light modules around the picture (ISO/IEC 18004 asks for four).
const QUIET: i32 = 4;

/// The dark modules as a path, and the width of the whole picture in modules. `None` for a text that
/// is too long for any picture.
pub(super) fn path(text: &str) -> Option<(String, usize)> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).ok()?;
    let size = code.size();
    let mut path = String::new();
    for y in 0..size {
        let mut x = 0;
        while x < size {
            let run = (x..size).take_while(|at| code.get_module(*at, y)).count();
            let run = i32::try_from(run).unwrap_or(0);
            if run > 0 {
                // Writing to a string cannot fail.
                let _ = write!(path, "M{} {}h{run}v1h-{run}z", x + QUIET, y + QUIET);
            }
            x += run.max(1);
        }
    }
    Some((path, usize::try_from(size + 2 * QUIET).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_has_its_three_corners_and_a_quiet_border() {
        let (path, width) = path("otpauth://totp/Mail:ute@shop.example?secret=GEZDGNBVGY3TQOJQ").expect("it fits");
        // The corner marks begin with seven dark modules, in the first row behind the border.
        assert!(path.starts_with("M4 4h7v1h-7z"), "{path}");
        assert!(path.contains(&format!("M{} 4h7v1h-7z", width - 4 - 7)), "{path}");
        assert!(!path.contains("M0 ") && !path.contains(" 0h"));
        assert!(super::path(&"x".repeat(5000)).is_none());
    }
}
