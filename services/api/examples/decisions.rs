//! What a decision costs: `cargo run --release -p nabij-api --example decisions`. A fresh one is evaluated by cedar, a remembered one
//! is found again; both begin with a caller and a place, as a call does.

use std::hint::black_box;
use std::time::Instant;

use nabij_api::access::{Access, Action, Relation, relation};
use nabij_model::{CentreId, Role};

const MANY: u32 = 2_000;

fn main() {
    let start = Instant::now();
    let access = Access::shipped();
    println!("{} policies, read and checked in {:.1?}", access.policies().len(), start.elapsed());
    let caller = relation::caller(Role::Psychosocial);
    let place = Relation::OwnCentre.place(None);
    // A former centre of its own makes each question another one.
    let fresh = |number: u32| {
        let mut place = place.clone();
        place.former = vec![CentreId::derived(&[&number.to_string()])];
        place
    };
    let places: Vec<_> = (0..MANY).map(fresh).collect();
    let start = Instant::now();
    for place in &places {
        black_box(access.check(&caller, Action::ReadCase, place));
    }
    println!("fresh: {:.2?} a decision", start.elapsed() / MANY);
    let start = Instant::now();
    for _ in 0..50 * MANY {
        black_box(access.check(black_box(&caller), Action::ReadCase, black_box(&place)));
    }
    println!("remembered: {:.2?} a decision", start.elapsed() / (50 * MANY));
}
