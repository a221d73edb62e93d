//! Powers of ten as Go's `math.Pow` finds them: by squaring, not by the processor, which may differ in the last digit.

/// `math.Pow(10, exponent)`.
pub(super) fn of_ten(exponent: i64) -> f64 {
    // 10 is 0.625 × 2⁴: Go squares the fraction and keeps the power of two apart.
    let (mut fraction, mut twos) = (1.0_f64, 0_i32);
    let (mut square, mut square_twos) = (0.625_f64, 4_i32);
    let mut rest = exponent.unsigned_abs();
    while rest != 0 {
        if square_twos > 1 << 12 {
            // So large that it is infinite, or its inverse zero, whatever else comes.
            twos = twos.saturating_add(square_twos);
            break;
        }
        if rest & 1 == 1 {
            fraction *= square;
            twos += square_twos;
        }
        square *= square;
        square_twos *= 2;
        if square < 0.5 {
            square += square;
            square_twos -= 1;
        }
        rest >>= 1;
    }
    if exponent < 0 {
        fraction = 1.0 / fraction;
        twos = -twos;
    }
    let twos = twos.clamp(-4_000, 4_000);
    fraction * 2_f64.powi(twos / 2) * 2_f64.powi(twos - twos / 2)
}

#[cfg(test)]
mod tests {
    use super::of_ten;

    #[test]
    fn powers_of_ten_are_gos() {
        for (exponent, power) in [(0, 1.0), (1, 10.0), (2, 100.0), (15, 1e15), (22, 1e22), (-1, 0.1), (-2, 0.01)] {
            assert!(of_ten(exponent).to_bits() == f64::to_bits(power), "{exponent}");
        }
        assert!(of_ten(400).is_infinite() && of_ten(i64::MAX).is_infinite());
        assert!(of_ten(-400) == 0.0 && of_ten(i64::MIN) == 0.0);
    }
}
