//! Whatever happens in whatever order, nothing is lost, stored twice or overtaken.

use proptest::prelude::*;

use super::steps::step;
use super::world::World;

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    /// What was written is sent until it is acknowledged or stopped, stored once, and never overtaken in its room,
    /// whether or not tabs know of each other.
    #[test]
    fn nothing_is_lost_doubled_or_overtaken(locks in any::<bool>(), steps in prop::collection::vec(step(), 0..150)) {
        let mut world = World::new(locks);
        for (n, step) in steps.iter().enumerate() {
            world.take(n, step)?;
        }
        world.settle()?;
        world.has_lost_nothing()?;
    }
}
