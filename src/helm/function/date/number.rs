//! The numbers of written times.

use super::read::Fault;

/// A number and what follows it.
type Read<'a> = Result<(i64, &'a [u8]), Fault>;

/// The value of a digit.
pub(super) fn digit(byte: u8) -> Result<i64, Fault> {
    if byte.is_ascii_digit() { Ok(i64::from(byte - b'0')) } else { Err(Fault::Form) }
}

/// A number of up to `width` digits, or of exactly so many.
pub(super) fn number(text: &[u8], width: usize, fixed: bool) -> Read<'_> {
    let digits = text.iter().take(width).take_while(|byte| byte.is_ascii_digit()).count();
    if digits == 0 || fixed && digits != width {
        return Err(Fault::Form);
    }
    exact(text, digits)
}

/// A number of exactly `width` digits.
pub(super) fn exact(text: &[u8], width: usize) -> Read<'_> {
    let (digits, rest) = text.split_at_checked(width).ok_or(Fault::Form)?;
    let number = digits.iter().try_fold(0, |number, byte| Ok(number * 10 + digit(*byte)?))?;
    Ok((number, rest))
}

/// How many digits follow a point or a comma with which the text begins.
pub(super) fn fraction_digits(text: &[u8]) -> usize {
    match text {
        [b'.' | b',', digits @ ..] => digits.iter().take_while(|byte| byte.is_ascii_digit()).count(),
        _ => 0,
    }
}

/// The nanoseconds of a point or comma and digits; those behind the ninth are cut off.
pub(super) fn nanoseconds(text: &[u8]) -> Result<u32, Fault> {
    let [b'.' | b',', digits @ ..] = text else { return Err(Fault::Form) };
    let digits = &digits[..digits.len().min(9)];
    let mut number = 0;
    for place in 0..9 {
        let digit = digits.get(place).map_or(Ok(0), |byte| digit(*byte))?;
        number = number * 10 + u32::try_from(digit).map_err(|_| Fault::Form)?;
    }
    Ok(number)
}
