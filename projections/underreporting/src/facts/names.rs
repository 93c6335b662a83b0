//! The names that scales of the model have in a table: those of their JSON, without building any.

use nabij_model::case::Accompaniment;
use nabij_model::incident::Level;
use nabij_model::signal::{Certainty, FeedbackKind, FeedbackTo, NonRegistrationReason, Severity};

/// A scale whose steps have names.
pub(crate) trait Named: Sized {
    /// The name, as in JSON.
    fn name(self) -> &'static str;
    /// The step of this name.
    fn named(name: &str) -> Option<Self>;
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
        }

        #[cfg(test)]
        impl tests::All for $kind {
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
    FeedbackKind { Acknowledged = "acknowledged", ActionTaken = "action_taken", Outcome = "outcome" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Serialize;

    pub(super) trait All: Sized + 'static {
        const ALL: &'static [Self];
    }

    fn check<T: All + Named + Copy + PartialEq + std::fmt::Debug + Serialize>() {
        for one in T::ALL {
            assert_eq!(serde_json::to_value(one).unwrap(), one.name());
            assert_eq!(T::named(one.name()), Some(*one));
        }
        assert_eq!(T::named("nothing-like-it"), None);
    }

    #[test]
    fn names_are_those_of_the_events() {
        check::<Severity>();
        check::<Certainty>();
        check::<Accompaniment>();
        check::<Level>();
        check::<NonRegistrationReason>();
        check::<FeedbackTo>();
        check::<FeedbackKind>();
    }
}
