//! Chance, all of it from the seed: the same seed gives the same network on every machine.

use jiff::{SignedDuration, Timestamp};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use uuid::{Builder, Uuid};

/// A stream of chance.
#[derive(Debug, Clone)]
pub(super) struct Chance(ChaCha8Rng);

impl Chance {
    pub(super) fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// True with probability `p`.
    pub(super) fn happens(&mut self, p: f64) -> bool {
        self.0.random::<f64>() < p
    }

    /// From 0 up to 1.
    pub(super) fn share(&mut self) -> f64 {
        self.0.random()
    }

    /// From `low` to `high`, both possible.
    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        self.0.random_range(low..=high.max(low))
    }

    /// A place in a list of `len`; 0 for an empty one.
    pub(super) fn place(&mut self, len: usize) -> usize {
        if len == 0 { 0 } else { self.0.random_range(0..len) }
    }

    /// One of a list that is not empty.
    pub(super) fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.place(of.len())]
    }

    /// A place in a list of weights.
    pub(super) fn weighted(&mut self, weights: impl Iterator<Item = f64> + Clone) -> usize {
        let mut left = self.share() * weights.clone().sum::<f64>();
        let mut last = 0;
        for (place, weight) in weights.enumerate() {
            last = place;
            left -= weight;
            if left < 0.0 {
                break;
            }
        }
        last
    }

    /// A standard normal number (Box and Muller 1958).
    pub(super) fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.share()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.share()).cos()
    }

    /// How often something happens that happens `mean` times on average (Poisson): by multiplication (Knuth) while that
    /// is short, by the normal approximation from 60 on.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a small count that is not negative"
    )]
    pub(super) fn count(&mut self, mean: f64) -> usize {
        if mean >= 60.0 {
            return (mean + mean.sqrt() * self.normal()).round().max(0.0) as usize;
        }
        let limit = (-mean).exp();
        let (mut product, mut count) = (self.share(), 0);
        while product > limit {
            product *= self.share();
            count += 1;
        }
        count
    }

    /// A waiting time with this mean, in minutes (exponential).
    #[expect(clippy::cast_possible_truncation, reason = "minutes of a few years")]
    pub(super) fn wait(&mut self, mean: SignedDuration) -> SignedDuration {
        let minutes = -(1.0 - self.share()).ln() * mean.as_secs_f64() / 60.0;
        SignedDuration::from_mins(minutes.min(1e6) as i64)
    }

    /// An id that looks as if it was made at `at`: UUIDv7 of simulated time.
    pub(super) fn id(&mut self, at: Timestamp) -> Uuid {
        let millis = u64::try_from(at.as_millisecond()).unwrap_or_default();
        Builder::from_unix_timestamp_millis(millis, &self.0.random()).into_uuid()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_chance() {
        let draw = |seed| {
            let mut chance = Chance::new(seed);
            (chance.between(0, 1_000_000), chance.normal(), chance.id(Timestamp::UNIX_EPOCH))
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
    }

    #[test]
    fn counts_and_waits_have_the_mean_that_was_asked() {
        let mut chance = Chance::new(1);
        for mean in [0.3, 5.0, 200.0] {
            let total: usize = (0..20_000).map(|_| chance.count(mean)).sum();
            let average = total as f64 / 20_000.0;
            assert!((average - mean).abs() < 0.05 * mean, "{average} instead of {mean}");
        }
        let hours: f64 =
            (0..20_000).map(|_| chance.wait(SignedDuration::from_hours(10)).as_secs_f64() / 3600.0).sum();
        assert!((hours / 20_000.0 - 10.0).abs() < 0.4, "{}", hours / 20_000.0);
    }

    #[test]
    fn weights_are_kept() {
        let mut chance = Chance::new(1);
        let mut counts = [0_u32; 3];
        for _ in 0..30_000 {
            counts[chance.weighted([1.0, 2.0, 3.0].into_iter())] += 1;
        }
        assert!(counts[0] < counts[1] && counts[1] < counts[2], "{counts:?}");
    }
}
