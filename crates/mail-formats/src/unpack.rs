//! Attachments of reports: bare, gzip (RFC 1952) or zip (APPNOTE 6.3.10), unpacked within a limit
//! that no compression can exceed.

use miniz_oxide::inflate::decompress_to_vec_with_limit;

/// Octets of an unpacked report. Those of large receivers have some hundred kilobytes.
const MAX_UNPACKED: usize = 16 * 1024 * 1024;
/// Entries of an archive that are looked at.
const MAX_ENTRIES: usize = 20;

/// The report in an attachment; `None` for what is damaged, larger than the limit, encrypted or
/// packed in another way.
pub(crate) fn unpack(bytes: &[u8]) -> Option<Vec<u8>> {
    match bytes {
        [0x1f, 0x8b, 8, flags, ..] => inflate(gzip_body(bytes, *flags)?),
        [b'P', b'K', 3, 4, ..] => zip_entry(bytes),
        _ => Some(bytes[..bytes.len().min(MAX_UNPACKED)].to_vec()),
    }
}

fn inflate(packed: &[u8]) -> Option<Vec<u8>> {
    decompress_to_vec_with_limit(packed, MAX_UNPACKED).ok()
}

/// What stands behind the header and its optional fields (RFC 1952 §2.3).
fn gzip_body(bytes: &[u8], flags: u8) -> Option<&[u8]> {
    let mut rest = bytes.get(10..)?;
    if flags & 4 != 0 {
        let length = usize::from(u16::from_le_bytes([*rest.first()?, *rest.get(1)?]));
        rest = rest.get(2 + length..)?;
    }
    for bit in [8, 16] {
        if flags & bit != 0 {
            let end = rest.iter().position(|b| *b == 0)?;
            rest = rest.get(end + 1..)?;
        }
    }
    if flags & 2 != 0 {
        rest = rest.get(2..)?;
    }
    Some(rest)
}

/// The first entry that can be read. Sizes are taken from no header where the packed data ends by
/// itself; so entries that were written as a stream are read too.
fn zip_entry(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut at = 0;
    for _ in 0..MAX_ENTRIES {
        let header = bytes.get(at..at + 30)?;
        if !header.starts_with(b"PK\x03\x04") {
            return None;
        }
        let two = |place: usize| usize::from(u16::from_le_bytes([header[place], header[place + 1]]));
        let four =
            |place: usize| u32::from_le_bytes([header[place], header[place + 1], header[place + 2], header[place + 3]]);
        let (flags, method, size) = (two(6), two(8), usize::try_from(four(18)).ok()?);
        let data = at + 30 + two(26) + two(28);
        let is_folder = bytes.get(at + 30..at + 30 + two(26))?.ends_with(b"/");
        let packed = bytes.get(data..)?;
        if flags & 1 == 0 && !is_folder {
            return match method {
                8 => inflate(packed),
                0 => packed.get(..size).filter(|b| b.len() <= MAX_UNPACKED).map(<[u8]>::to_vec),
                _ => None,
            };
        }
        at = data.checked_add(size)?;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use miniz_oxide::deflate::compress_to_vec;
    use proptest::prelude::*;

    fn gzip(flags: u8, extra: &[u8], content: &[u8]) -> Vec<u8> {
        [&[0x1f, 0x8b, 8, flags, 0, 0, 0, 0, 0, 3][..], extra, &compress_to_vec(content, 9), &[0; 8]].concat()
    }

    fn zip(method: u8, flags: u8, name: &str, size: u32, data: &[u8]) -> Vec<u8> {
        let length = [u8::try_from(name.len()).expect("short"), 0];
        let head =
            [&b"PK\x03\x04\x14\0"[..], &[flags, 0, method, 0], &[0; 8], &size.to_le_bytes(), &[0; 4], &length, &[0, 0]]
                .concat();
        [&head, name.as_bytes(), data].concat()
    }

    #[test]
    fn reports_are_unpacked_from_every_wrapping() {
        let content = b"<feedback/>".repeat(100);
        let packed = compress_to_vec(&content, 6);
        for bytes in [
            content.clone(),
            gzip(0, b"", &content),
            gzip(8 | 16 | 4 | 2, b"\x02\0xyname\0comment\0\x01\x02", &content),
            zip(8, 8, "a.xml", 0, &packed),
            zip(0, 0, "a.xml", 1_100, &content),
            [zip(0, 0, "folder/", 0, b""), zip(8, 0, "folder/a.xml", 99, &packed)].concat(),
        ] {
            assert_eq!(unpack(&bytes).as_deref(), Some(&content[..]));
        }
    }

    /// Proves the limit against bombs: what grows beyond it is refused, not cut.
    #[test]
    fn armour_c5_bombs_are_refused() {
        let bomb = compress_to_vec(&vec![0; MAX_UNPACKED + 1], 9);
        assert!(bomb.len() < 100_000);
        assert_eq!(unpack(&gzip(0, b"", &vec![0; MAX_UNPACKED + 1])), None);
        assert_eq!(unpack(&zip(8, 0, "a", 9, &bomb)), None);
        assert_eq!(unpack(&zip(8, 1, "encrypted", 9, &bomb)), None);
        assert_eq!(unpack(&zip(12, 0, "bzip2", 9, &bomb)), None);
        assert_eq!(unpack(&zip(0, 1, "", u32::MAX, b"")), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_unpacked_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200), flags in any::<u8>()) {
            let _ = unpack(&bytes);
            let _ = unpack(&[&[0x1f, 0x8b, 8, flags], &bytes[..]].concat());
            let _ = unpack(&[&b"PK\x03\x04"[..], &bytes].concat());
        }
    }
}
