//! How often each interval held the truth in simulated networks: what stands beside the figure, for machines.
//!
//! One table, which a test compares with `STUDY.md`, where the scenarios are described and how to repeat them.

use schemars::JsonSchema;
use serde::Serialize;

/// Below this share of networks, in per cent, a 95 % interval must not be shown without saying so.
pub const ENOUGH: f64 = 90.0;

/// A kind of network of which the truth is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scenario {
    /// What one list holds says nothing about the others.
    IndependentLists,
    /// What stands on the frontline list is discussed more.
    DependentLists,
    /// Centres differ in what they notice.
    HeterogeneousCentres,
    /// One centre writes nothing.
    OneSilentCentre,
    /// A new rule in mid-year makes the register hold more.
    NewReportingRule,
}

impl Scenario {
    /// In the order of the study.
    pub const ALL: [Self; 5] = [
        Self::IndependentLists,
        Self::DependentLists,
        Self::HeterogeneousCentres,
        Self::OneSilentCentre,
        Self::NewReportingRule,
    ];
}

/// An estimate whose interval was studied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Studied {
    /// Chapman's total of the register and all other sources together.
    Chapman,
    /// The lower limit of Chao's bound.
    Chao,
    /// The log-linear model without dependence, log interval.
    Independence,
    /// The log-linear model with the lowest BIC, log interval.
    BestBic,
    /// The same, profile interval.
    BestBicProfile,
    /// The log-linear model with the lowest AIC, profile interval.
    BestAicProfile,
    /// The stepwise model, profile interval.
    StepwiseProfile,
    /// The stepwise model, bootstrap that repeats the walk.
    StepwiseBootstrap,
}

/// Share of networks whose truth each interval held, in per cent, by [`Scenario::ALL`], with the row of the study.
const TABLE: [(Studied, &str, [f64; 5]); 8] = [
    (Studied::Chapman, "Chapman: register and all others together", [96.8, 96.2, 73.8, 86.6, 94.8]),
    (Studied::Chao, "Chao, at least (lower limit)", [97.6, 99.8, 100.0, 99.4, 97.4]),
    (Studied::Independence, "log-linear, independence, log interval", [95.2, 52.0, 49.6, 79.6, 96.4]),
    (Studied::BestBic, "log-linear, best BIC, log interval", [94.2, 91.2, 54.0, 79.0, 95.2]),
    (Studied::BestBicProfile, "log-linear, best BIC, profile", [93.8, 91.4, 46.2, 72.8, 94.6]),
    (Studied::BestAicProfile, "log-linear, best AIC, profile", [87.0, 87.8, 62.0, 72.2, 88.4]),
    (Studied::StepwiseProfile, "stepwise, profile", [95.2, 48.8, 41.2, 73.0, 96.0]),
    (
        Studied::StepwiseBootstrap,
        "stepwise, BCa bootstrap that repeats the walk",
        [88.8, 89.0, 37.4, 73.8, 88.4],
    ),
];

/// What the study found of one interval.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Coverage {
    /// Of which estimate.
    pub estimate: Studied,
    /// Share of networks whose truth the 95 % interval held, in per cent, by scenario.
    pub held: Vec<Held>,
    /// In some scenario it held the truth of fewer than 90 in 100 networks: say so beside the figure.
    pub below_90: bool,
}

/// One scenario.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Held {
    /// Which.
    pub scenario: Scenario,
    /// Share of networks, in per cent.
    pub percent: f64,
    /// Fewer than 90.
    pub below_90: bool,
}

impl Coverage {
    /// What the study found of this estimate's interval.
    #[must_use]
    pub fn of(estimate: Studied) -> Self {
        let row = TABLE.iter().find(|(row, ..)| *row == estimate);
        let held: Vec<Held> = row
            .into_iter()
            .flat_map(|(_, _, shares)| Scenario::ALL.into_iter().zip(shares))
            .map(|(scenario, percent)| Held { scenario, percent: *percent, below_90: *percent < ENOUGH })
            .collect();
        Self { estimate, below_90: held.iter().any(|held| held.below_90), held }
    }

    /// Of every estimate that was studied.
    #[must_use]
    pub fn all() -> Vec<Self> {
        TABLE.iter().map(|(estimate, ..)| Self::of(*estimate)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_that_of_the_study() {
        let study = include_str!("../STUDY.md");
        let scenarios: Vec<&str> = study.split("\n## ").skip(1).take(Scenario::ALL.len()).collect();
        for (estimate, name, shares) in TABLE {
            for (scenario, share) in scenarios.iter().zip(shares) {
                let row = scenario.lines().find(|line| line.starts_with(&format!("| {name} |"))).unwrap();
                let cell = row.split('|').nth(2).unwrap().trim();
                let below = if share < ENOUGH { " **below 90**" } else { "" };
                assert_eq!(cell, format!("{share:.1}{below}"), "{estimate:?}: {row}");
            }
            assert_eq!(Coverage::of(estimate).held.len(), Scenario::ALL.len());
        }
        let rows =
            scenarios[0].lines().filter(|line| line.starts_with("| ") && !line.starts_with("| estimate"));
        assert_eq!(rows.count(), TABLE.len(), "every row of the study is in the table");
        assert!(Coverage::of(Studied::Chapman).below_90 && !Coverage::of(Studied::Chao).below_90);
    }
}
