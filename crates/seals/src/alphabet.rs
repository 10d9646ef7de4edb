//! Numbers as text: base62 where case survives (URLs), base32 where it may not (mail addresses).
//!
//! Both are of fixed width and canonical: one number has one text, and a reader refuses every
//! other spelling, so a changed character never names the same thing. (Base32 is read in either
//! case, as mail systems may change it.)

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BASE32: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// Characters of a 128-bit number in base62 (62^22 > 2^128 > 62^21).
pub(crate) const BASE62_CHARS: usize = 22;

/// `value` as exactly 22 characters of `0-9A-Za-z`.
pub(crate) fn base62(mut value: u128) -> String {
    let mut text = [b'0'; BASE62_CHARS];
    for place in text.iter_mut().rev() {
        *place = BASE62[(value % 62) as usize];
        value /= 62;
    }
    text.iter().map(|&byte| char::from(byte)).collect()
}

/// The number that [`base62`] wrote; `None` for another length, another character, or a number
/// that does not fit into 128 bits.
pub(crate) fn read_base62(text: &str) -> Option<u128> {
    if text.len() != BASE62_CHARS {
        return None;
    }
    text.bytes().try_fold(0_u128, |value, byte| {
        let digit = match byte {
            b'0'..=b'9' => byte - b'0',
            b'A'..=b'Z' => byte - b'A' + 10,
            b'a'..=b'z' => byte - b'a' + 36,
            _ => return None,
        };
        value.checked_mul(62)?.checked_add(u128::from(digit))
    })
}

/// Appends the lowest `5 * chars` bits of `value` as RFC 4648 base32 in lower case.
pub(crate) fn push_base32(text: &mut String, value: u128, chars: u32) {
    for place in (0..chars).rev() {
        let digit = value.checked_shr(5 * place).unwrap_or(0) & 31;
        text.push(char::from(BASE32[digit as usize]));
    }
}

/// Reads base32 in either case; `None` for another character or a number beyond 128 bits.
pub(crate) fn read_base32(text: &[u8]) -> Option<u128> {
    text.iter().try_fold(0_u128, |value, byte| {
        let digit = match byte.to_ascii_lowercase() {
            lower @ b'a'..=b'z' => lower - b'a',
            lower @ b'2'..=b'7' => lower - b'2' + 26,
            _ => return None,
        };
        (value.leading_zeros() >= 5).then(|| value << 5 | u128::from(digit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base62_is_fixed_width_and_refuses_what_is_beyond_128_bits() {
        assert_eq!(base62(0), "0000000000000000000000");
        assert_eq!(base62(61), "000000000000000000000z");
        assert_eq!(base62(62), "0000000000000000000010");
        let largest = base62(u128::MAX);
        assert_eq!(read_base62(&largest), Some(u128::MAX));
        let mut beyond = largest.into_bytes();
        *beyond.last_mut().expect("22 characters") += 1;
        assert_eq!(read_base62(std::str::from_utf8(&beyond).expect("ASCII")), None);
        assert_eq!(read_base62("zzzzzzzzzzzzzzzzzzzzzz"), None);
        assert_eq!(read_base62("000000000000000000000"), None);
        assert_eq!(read_base62("00000000000000000000000"), None);
        assert_eq!(read_base62("00000000000000000000ä"), None);
    }

    #[test]
    fn base32_reads_either_case_and_refuses_what_is_beyond_128_bits() {
        for value in [0, 1, 31, 32, u128::MAX, u128::MAX / 3] {
            let mut text = String::new();
            push_base32(&mut text, value, 26);
            assert_eq!(text.len(), 26);
            assert_eq!(read_base32(text.as_bytes()), Some(value));
            assert_eq!(read_base32(text.to_ascii_uppercase().as_bytes()), Some(value));
        }
        assert_eq!(read_base32(b"iaaaaaaaaaaaaaaaaaaaaaaaaa"), None);
        assert_eq!(read_base32(b"a1"), None);
    }
}
