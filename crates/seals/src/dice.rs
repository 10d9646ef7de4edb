//! Randomness as the program sees it. The real dice are made in the binary only.

use crate::alphabet;

/// A source of random bytes. The real one is the operating system's and good for keys;
/// [`crate::fake::SeededDice`] stands in for it in tests and simulations.
pub trait Dice: Send + Sync + 'static {
    /// Fills `bytes`. There is no failure to handle: a machine without randomness cannot run us,
    /// so the real dice end the process.
    fn fill(&self, bytes: &mut [u8]);
}

/// `N` random bytes.
pub fn array<const N: usize>(dice: &dyn Dice) -> [u8; N] {
    let mut bytes = [0; N];
    dice.fill(&mut bytes);
    bytes
}

/// A number below `bound`, each one equally likely; 0 if `bound` is 0 or 1.
pub fn u64_below(dice: &dyn Dice, bound: u64) -> u64 {
    if bound < 2 {
        return 0;
    }
    // Numbers from the last, incomplete stretch of `bound` numbers would favour the small ones.
    let unfair_from = u64::MAX - u64::MAX % bound;
    loop {
        let number = u64::from_be_bytes(array(dice));
        if number < unfair_from {
            return number % bound;
        }
    }
}

/// 128 random bits as 22 base62 characters: for identifiers that nobody may guess and that carry
/// no meaning.
pub fn random_token(dice: &dyn Dice) -> String {
    alphabet::base62(u128::from_be_bytes(array(dice)))
}
