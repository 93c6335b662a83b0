//! The names that scales of the model have in a table: those of their JSON, without building any.

use nabij_model::case::Accompaniment;
use nabij_model::incident::Level;
use nabij_model::signal::{Certainty, FeedbackKind, FeedbackTo, NonRegistrationReason, Severity, SkipReason};

use crate::occurrences::Status;

/// A scale whose steps have names.
pub(crate) trait Named: Sized + 'static {
    /// The name, as in JSON.
    fn name(self) -> &'static str;
    /// The step of this name.
    fn named(name: &str) -> Option<Self>;
    /// All steps, in the order of their codes.
    const ALL: &'static [Self];

    /// Its place among all steps, from 0: what a small column holds. A step that is added goes to the end.
    fn code(self) -> i16
    where
        Self: PartialEq,
    {
        let place = Self::ALL.iter().position(|step| *step == self);
        place
            .and_then(|place| i16::try_from(place).ok())
            .expect("every step is among all steps, which are few")
    }

    /// The step of this code.
    fn coded(code: i16) -> Option<Self>
    where
        Self: Copy,
    {
        Self::ALL.get(usize::try_from(code).ok()?).copied()
    }
}

macro_rules! named {
    ($($kind:ident { $($variant:ident = $name:literal),* $(,)? })*) => {$(
        impl Named for $kind {
            fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            fn named(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)* _ => None }
            }

            const ALL: &'static [Self] = &[$(Self::$variant),*];
        }
    )*};
}

named! {
    Severity { Unsure = "unsure", Low = "low", Moderate = "moderate", High = "high", Acute = "acute" }
    Certainty {
        Unsure = "unsure", Witnessed = "witnessed", Disclosed = "disclosed", Reported = "reported",
        Suspected = "suspected",
    }
    Status {
        Registered = "registered", Reasoned = "reasoned", Dismissed = "dismissed", Undecided = "undecided",
    }
    Accompaniment {
        Parents = "parents", OneParent = "one_parent", Relative = "relative", Unaccompanied = "unaccompanied",
    }
    Level { Unknown = "unknown", Minor = "minor", Major = "major", Critical = "critical" }
    NonRegistrationReason {
        HandledInformally = "handled_informally", SeenAsNormal = "seen_as_normal",
        CulturalReading = "cultural_reading", UnclearProcedure = "unclear_procedure", NoTime = "no_time",
        FearOfNoReaction = "fear_of_no_reaction", FearOfOverreaction = "fear_of_overreaction",
        ResidentAskedNotTo = "resident_asked_not_to", NotSerious = "not_serious", Other = "other",
    }
    FeedbackTo { Reporter = "reporter", Child = "child", Parents = "parents", Guardian = "guardian" }
    SkipReason {
        NotApplicable = "not_applicable", DoneByOthers = "done_by_others", PersonDeclined = "person_declined",
        Unsafe = "unsafe", Unreachable = "unreachable", Other = "other",
    }
    FeedbackKind { Acknowledged = "acknowledged", ActionTaken = "action_taken", Outcome = "outcome" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Serialize;

    fn check<T: Named + Copy + PartialEq + std::fmt::Debug + Serialize>() {
        for one in T::ALL {
            assert_eq!(serde_json::to_value(one).unwrap(), one.name());
            assert_eq!(T::named(one.name()), Some(*one));
            assert_eq!(T::coded(one.code()), Some(*one));
        }
        assert_eq!(T::named("nothing-like-it"), None);
    }

    #[test]
    fn names_are_those_of_the_events() {
        check::<Severity>();
        check::<Certainty>();
        check::<Status>();
        check::<Accompaniment>();
        check::<Level>();
        check::<NonRegistrationReason>();
        check::<FeedbackTo>();
        check::<FeedbackKind>();
        check::<SkipReason>();
    }
}
