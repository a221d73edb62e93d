//! The caller's randomness, as the cryptographic crates ask for it.

use std::convert::Infallible;

use rsa::rand_core::{TryCryptoRng, TryRng};

use super::Host;

/// A source of randomness that draws from the [`Host`].
pub(super) struct Randomness<'a>(pub(super) &'a mut dyn Host);

impl Randomness<'_> {
    /// The next `N` random bytes.
    pub(super) fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.random(&mut bytes);
        bytes
    }
}

impl TryRng for Randomness<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::from_le_bytes(self.bytes()))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from_le_bytes(self.bytes()))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.0.random(bytes);
        Ok(())
    }
}

impl TryCryptoRng for Randomness<'_> {}
