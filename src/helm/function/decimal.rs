//! Decimals of any length, in which sprig's `addf`, `mulf` and their like calculate (shopspring's decimal).
//!
//! A float becomes its shortest digits, so that 0.1 + 0.2 is 0.3; sums and products are exact; a quotient has 16 digits
//! behind the point, the last one rounded half away from zero.

use std::cmp::Ordering;

use super::print;
use crate::helm::error::{Error, Result};

/// Digits behind the point of a quotient.
const PRECISION: i32 = 16;

/// The longest decimal, in digits; a product of many large floats may grow on and on.
const MOST_DIGITS: usize = 20_000;

/// `±digits × 10^exponent`, most significant digit first, without leading zeros; no digits for zero.
#[derive(Clone, Debug)]
pub(super) struct Decimal {
    is_negative: bool,
    digits: Vec<u8>,
    exponent: i32,
}

impl Decimal {
    /// The decimal of a float's shortest digits.
    pub(super) fn new(number: f64) -> Result<Self> {
        if !number.is_finite() {
            return Err(Error::new(format!("Cannot create a Decimal from {}", print::float(number))));
        }
        let text = print::shortest(number.abs());
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let behind = digits.split_once('.').map_or(0, |(_, behind)| behind.len());
        let digits = digits.bytes().filter(u8::is_ascii_digit).map(|digit| digit - b'0').collect();
        let exponent = exponent.parse::<i32>().unwrap_or(0) - i32::try_from(behind).unwrap_or(0);
        Ok(Self { is_negative: number < 0.0, digits, exponent }.trimmed())
    }

    /// The nearest float.
    pub(super) fn float(&self) -> f64 {
        let digits: String = self.digits.iter().map(|digit| char::from(b'0' + digit)).collect();
        let size: f64 = format!("0{digits}e{}", self.exponent).parse().unwrap_or(0.0);
        if self.is_negative { -size } else { size }
    }

    /// The sum.
    pub(super) fn plus(&self, other: &Self) -> Result<Self> {
        let exponent = self.exponent.min(other.exponent);
        let (one, two) = (self.digits_at(exponent)?, other.digits_at(exponent)?);
        let (is_negative, digits) = if self.is_negative == other.is_negative {
            (self.is_negative, sum(&one, &two))
        } else if compare(&one, &two).is_ge() {
            (self.is_negative, difference(&one, &two))
        } else {
            (other.is_negative, difference(&two, &one))
        };
        Ok(Self { is_negative, digits, exponent }.trimmed())
    }

    /// The difference.
    pub(super) fn minus(&self, other: &Self) -> Result<Self> {
        self.plus(&Self { is_negative: !other.is_negative, ..other.clone() })
    }

    /// The product.
    pub(super) fn times(&self, other: &Self) -> Result<Self> {
        fits(self.digits.len() + other.digits.len())?;
        let mut product = vec![0_u32; self.digits.len() + other.digits.len()];
        for (place, digit) in self.digits.iter().rev().enumerate() {
            let mut carry = 0;
            for (other_place, other_digit) in other.digits.iter().rev().enumerate() {
                let value = product[place + other_place] + u32::from(*digit) * u32::from(*other_digit) + carry;
                product[place + other_place] = value % 10;
                carry = value / 10;
            }
            product[place + other.digits.len()] += carry;
        }
        let digits = product.iter().rev().filter_map(|digit| u8::try_from(*digit).ok()).collect();
        let exponent = self.exponent.saturating_add(other.exponent);
        Ok(Self { is_negative: self.is_negative != other.is_negative, digits, exponent }.trimmed())
    }

    /// The quotient.
    pub(super) fn over(&self, other: &Self) -> Result<Self> {
        if other.digits.is_empty() {
            return Err(Error::new("decimal division by 0"));
        }
        // Dividing whole numbers: this one is stretched until the quotient counts the last digit that is kept.
        let shift = self.exponent.saturating_sub(other.exponent).saturating_add(PRECISION);
        let zeros = usize::try_from(shift.unsigned_abs()).unwrap_or(usize::MAX);
        let (mut dividend, mut divisor) = (self.digits.clone(), other.digits.clone());
        fits(zeros)?;
        if shift < 0 { &mut divisor } else { &mut dividend }.extend(vec![0; zeros]);
        let mut digits = vec![];
        let mut rest: Vec<u8> = vec![];
        for digit in dividend {
            rest.push(digit);
            let mut count = 0;
            while compare(&rest, &divisor).is_ge() {
                rest = difference(&rest, &divisor);
                count += 1;
            }
            digits.push(count);
        }
        if compare(&sum(&rest, &rest), &divisor).is_ge() {
            digits = sum(&digits, &[1]);
        }
        Ok(Self { is_negative: self.is_negative != other.is_negative, digits, exponent: -PRECISION }.trimmed())
    }

    /// The digits as they are counted at a smaller exponent.
    fn digits_at(&self, exponent: i32) -> Result<Vec<u8>> {
        let zeros = usize::try_from(self.exponent - exponent).unwrap_or(0);
        if self.digits.is_empty() {
            return Ok(vec![]);
        }
        fits(self.digits.len() + zeros)?;
        let mut digits = self.digits.clone();
        digits.resize(digits.len() + zeros, 0);
        Ok(digits)
    }

    fn trimmed(mut self) -> Self {
        self.digits = without_zeros(&self.digits).to_vec();
        while self.digits.pop_if(|last| *last == 0).is_some() {
            self.exponent = self.exponent.saturating_add(1);
        }
        if self.digits.is_empty() {
            return Self { is_negative: false, digits: vec![], exponent: 0 };
        }
        self
    }
}

fn fits(digits: usize) -> Result<()> {
    if digits > MOST_DIGITS {
        return Err(Error::new(format!("the number would have more than {MOST_DIGITS} digits")));
    }
    Ok(())
}

fn without_zeros(digits: &[u8]) -> &[u8] {
    let zeros = digits.iter().take_while(|digit| **digit == 0).count();
    &digits[zeros..]
}

fn compare(one: &[u8], other: &[u8]) -> Ordering {
    let (one, other) = (without_zeros(one), without_zeros(other));
    one.len().cmp(&other.len()).then_with(|| one.cmp(other))
}

fn sum(one: &[u8], other: &[u8]) -> Vec<u8> {
    let length = one.len().max(other.len());
    let digit = |digits: &[u8], place: usize| digits.len().checked_sub(place + 1).map_or(0, |place| digits[place]);
    let mut carry = 0;
    let mut digits: Vec<u8> = (0..length)
        .map(|place| {
            let value = digit(one, place) + digit(other, place) + carry;
            carry = value / 10;
            value % 10
        })
        .collect();
    digits.push(carry);
    digits.reverse();
    digits
}

/// `one` less `other`, which is not larger.
fn difference(one: &[u8], other: &[u8]) -> Vec<u8> {
    let other = without_zeros(other);
    let mut digits = one.to_vec();
    let mut borrow = 0;
    for place in 1..=digits.len() {
        let taken = borrow + other.len().checked_sub(place).map_or(0, |place| other[place]);
        let index = digits.len() - place;
        borrow = u8::from(digits[index] < taken);
        digits[index] = digits[index] + 10 * borrow - taken;
    }
    without_zeros(&digits).to_vec()
}

#[cfg(test)]
mod tests {
    use super::Decimal;

    fn decimal(number: f64) -> Decimal {
        Decimal::new(number).unwrap()
    }

    #[test]
    fn decimals_calculate_as_on_paper() {
        let (third, large, small) = (decimal(1.0).over(&decimal(3.0)).unwrap(), decimal(1e308), decimal(5e-324));
        let same = |number: Decimal, wanted: f64| assert_eq!(number.float().to_bits(), wanted.to_bits());
        same(decimal(0.1).plus(&decimal(0.2)).unwrap(), 0.3);
        same(decimal(0.3).minus(&decimal(0.1)).unwrap(), 0.2);
        same(decimal(0.1).minus(&decimal(0.3)).unwrap(), -0.2);
        same(decimal(-1.5).times(&decimal(1.1)).unwrap(), -1.65);
        same(third, 0.333_333_333_333_333_3);
        same(decimal(2.0).over(&decimal(-3.0)).unwrap(), -0.666_666_666_666_666_7);
        same(decimal(0.0).times(&decimal(-7.0)).unwrap(), 0.0);
        same(large.times(&large).unwrap(), f64::INFINITY);
        same(large.plus(&small).unwrap(), 1e308);
        same(small.over(&large).unwrap(), 0.0);
        same(large.over(&small).unwrap(), f64::INFINITY);
        assert!(decimal(1.0).over(&decimal(0.0)).is_err());
        assert!(Decimal::new(f64::NAN).is_err());
    }
}
