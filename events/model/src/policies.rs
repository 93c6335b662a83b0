//! Legal periods and ages: settings with their source beside them (`deploy/policies/periods.toml`), not constants.

use serde::{Deserialize, Serialize};

/// One period or age, with where it comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    /// The number, in the unit that the field's name says.
    pub value: u32,
    /// The law, circular, study or agreement that it comes from.
    pub source: String,
}

/// What the deciders need to know of law and agreements.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policies {
    /// Below this age a resident is a minor.
    pub majority_age_years: Setting,
    /// Below this age RHS-15 is refused.
    pub rhs15_min_age_years: Setting,
    /// A signal this recent makes a transfer hasty.
    pub no_hasty_transfer_days: Setting,
    /// A transfer for imminent danger is reviewed within this.
    pub imminent_danger_review_days: Setting,
    /// The reporter of a signal hears what became of it within this.
    pub feedback_due_days: Setting,
    /// The reporter of a signal hears how it ended within this.
    pub outcome_due_days: Setting,
    /// A signal is triaged by a second person within this.
    pub assessment_due_days: Setting,
    /// A raised support level is reviewed within this.
    pub support_level_review_days: Setting,
    /// A referral without an answer for this long is stuck.
    pub referral_stuck_days: Setting,
    /// The receiving team acknowledges a handover within this of arrival.
    pub handover_due_hours: Setting,
    /// A file that was opened in danger is closed again after this.
    pub break_glass_hours: Setting,
    /// A share for which nobody said an end ends after this.
    pub share_days: Setting,
    /// A resident of whom nobody wrote anything for this long is quiet.
    pub quiet_resident_days: Setting,
    /// Whoever takes an escalation up does something about it within this at the latest.
    pub escalation_promise_hours: Setting,
    /// A request to erase a person that no second person looked at lapses after this.
    pub erasure_request_days: Setting,
}

impl Policies {
    /// The settings that come with this version, from `deploy/policies/periods.toml`.
    ///
    /// # Panics
    /// Never: a test reads the same file.
    #[must_use]
    pub fn shipped() -> Self {
        Self::from_toml(include_str!("../../../deploy/policies/periods.toml"))
            .expect("a test reads this file")
    }

    /// Reads the settings from TOML.
    ///
    /// # Errors
    /// When a period is missing, unknown or not a number, with line and column.
    pub fn from_toml(text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_settings_read_and_each_says_where_it_comes_from() {
        let shipped = serde_json::to_value(Policies::shipped()).unwrap();
        for (name, setting) in shipped.as_object().unwrap() {
            assert!(setting["value"].as_u64().unwrap() > 0, "{name}");
            assert!(!setting["source"].as_str().unwrap().trim().is_empty(), "{name} has no source");
        }
    }

    #[test]
    fn a_missing_or_unknown_period_is_named() {
        let text = toml::to_string(&Policies::shipped()).unwrap();
        let missing = text.replace("[handover_due_hours]", "[handover_due_days]");
        let error = Policies::from_toml(&missing).unwrap_err().to_string();
        assert!(error.contains("handover_due_"), "{error}");
    }
}
