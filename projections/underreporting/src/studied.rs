//! How often each interval held the truth in simulated networks: what stands beside the figure, for machines.
//!
//! One table, which a test compares with `STUDY.md`, where the scenarios are described and how to repeat them.

use schemars::JsonSchema;
use serde::Serialize;

use crate::text::{Language, Sentence, Slot, Texts};

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
    /// Independent lists of few occurrences.
    FewOccurrences,
}

impl Studied {
    /// Which of the intervals of its estimate it is.
    #[must_use]
    pub const fn interval(self) -> &'static str {
        match self {
            Self::Chapman
            | Self::ChapmanOfPair
            | Self::Chao
            | Self::ChaoEqualLists
            | Self::Independence
            | Self::BestBic
            | Self::BestAic
            | Self::Stepwise => "log interval",
            Self::BestBicProfile | Self::BestAicProfile | Self::StepwiseProfile => "profile",
            Self::BestBicRegalHook => "Regal-Hook",
            Self::StepwiseBootstrap => "bootstrap BCa",
        }
    }
}

impl Scenario {
    /// In the order of the study.
    pub const ALL: [Self; 6] = [
        Self::IndependentLists,
        Self::DependentLists,
        Self::HeterogeneousCentres,
        Self::OneSilentCentre,
        Self::NewReportingRule,
        Self::FewOccurrences,
    ];

    /// What people call it.
    #[must_use]
    pub const fn words(self) -> Texts {
        match self {
            Self::IndependentLists => {
                Texts { nl: "onafhankelijke lijsten", fr: "listes indépendantes", en: "independent lists" }
            }
            Self::DependentLists => Texts {
                nl: "lijsten die van elkaar afhangen",
                fr: "listes dépendantes",
                en: "dependent lists",
            },
            Self::HeterogeneousCentres => Texts {
                nl: "centra die sterk verschillen",
                fr: "centres très différents",
                en: "centres that differ much",
            },
            Self::OneSilentCentre => {
                Texts { nl: "één stil centrum", fr: "un centre silencieux", en: "one silent centre" }
            }
            Self::NewReportingRule => Texts {
                nl: "een nieuwe regel in het jaar",
                fr: "une nouvelle règle en cours d'année",
                en: "a new rule in mid-year",
            },
            Self::FewOccurrences => Texts { nl: "weinig feiten", fr: "peu de faits", en: "few occurrences" },
        }
    }
}

/// Stands beside a figure whose interval holds the truth less often than it says.
pub(crate) const TOO_NARROW: Texts = Texts {
    nl: "Lees het interval als te smal: in nagebootste netwerken hield het het ware totaal minder dan 90 van de 100 keer in ({where}).",
    fr: "Lisez l'intervalle comme trop étroit : dans des réseaux simulés, il contenait le vrai total moins de 90 fois sur 100 ({where}).",
    en: "Read the interval as too narrow: in simulated networks it held the true total fewer than 90 times in 100 ({where}).",
};

/// An estimate whose interval was studied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Studied {
    /// Chapman's total of the register and all other sources together.
    Chapman,
    /// Chapman's total of the register and the frontline by themselves, as of any two lists.
    ChapmanOfPair,
    /// The lower limit of Chao's bound for lists that see unequally much.
    Chao,
    /// The lower limit of Chao's bound with the factor `(t-1)/t`.
    ChaoEqualLists,
    /// The log-linear model without dependence, log interval.
    Independence,
    /// The log-linear model with the lowest BIC, log interval.
    BestBic,
    /// The same, profile interval.
    BestBicProfile,
    /// The log-linear model with the lowest BIC, interval of Regal and Hook.
    BestBicRegalHook,
    /// The log-linear model with the lowest AIC, log interval.
    BestAic,
    /// The same, profile interval.
    BestAicProfile,
    /// The stepwise model, log interval.
    Stepwise,
    /// The same, profile interval.
    StepwiseProfile,
    /// The stepwise model, bootstrap that repeats the walk.
    StepwiseBootstrap,
}

/// Share of networks whose truth each interval held, in per cent, by [`Scenario::ALL`], with the row of the study.
const TABLE: [(Studied, &str, [f64; 6]); 13] = [
    (Studied::Chapman, "Chapman: register and all others together", [96.8, 96.2, 73.8, 86.6, 94.8, 94.6]),
    (
        Studied::ChapmanOfPair,
        "Chapman: register and frontline by themselves",
        [95.0, 96.0, 78.0, 88.4, 95.0, 97.4],
    ),
    (Studied::Chao, "Chao for unequal lists, at least (lower limit)", [97.6, 99.8, 100.0, 99.4, 97.4, 94.6]),
    (
        Studied::ChaoEqualLists,
        "Chao with (t-1)/t, at least (lower limit)",
        [95.2, 99.8, 99.4, 99.0, 94.4, 92.6],
    ),
    (Studied::Independence, "log-linear, independence, log interval", [95.2, 52.0, 49.6, 79.6, 96.4, 90.4]),
    (Studied::BestBic, "log-linear, best BIC, log interval", [94.2, 91.2, 54.0, 79.0, 95.2, 87.0]),
    (Studied::BestBicProfile, "log-linear, best BIC, profile", [93.8, 91.4, 46.2, 72.8, 94.6, 89.4]),
    (Studied::BestBicRegalHook, "log-linear, best BIC, Regal-Hook", [94.4, 92.2, 49.4, 74.6, 94.6, 89.0]),
    (Studied::BestAic, "log-linear, best AIC, log interval", [88.6, 89.2, 69.0, 75.4, 89.8, 85.0]),
    (Studied::BestAicProfile, "log-linear, best AIC, profile", [87.0, 87.8, 62.0, 72.2, 88.4, 87.6]),
    (Studied::Stepwise, "stepwise, log interval", [95.0, 57.6, 49.6, 79.2, 96.4, 90.4]),
    (Studied::StepwiseProfile, "stepwise, profile", [95.2, 48.8, 41.2, 73.0, 96.0, 93.0]),
    (
        Studied::StepwiseBootstrap,
        "stepwise, BCa bootstrap that repeats the walk",
        [88.8, 89.0, 37.4, 73.8, 88.4, 85.0],
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

    /// The lowest share of all scenarios, in per cent.
    #[must_use]
    pub fn lowest(&self) -> f64 {
        self.held.iter().map(|held| held.percent).fold(100.0, f64::min)
    }

    /// What must stand beside the figure: in which networks the interval held the truth too seldom.
    #[must_use]
    pub fn said(&self) -> Option<Sentence> {
        let below: Vec<&Held> = self.held.iter().filter(|held| held.below_90).collect();
        let named = |language: Language| {
            let each = below.iter().map(|held| {
                format!("{} {}", held.scenario.words().of(language), language.percent(held.percent / 100.0))
            });
            each.collect::<Vec<_>>().join("; ")
        };
        let [nl, fr, en] = [Language::Nl, Language::Fr, Language::En].map(named);
        (!below.is_empty()).then(|| TOO_NARROW.fill(&[("where", Slot::Said(Sentence { nl, fr, en }))]))
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
        assert_eq!(Coverage::of(Studied::Chao).said(), None);
        let said = Coverage::of(Studied::Chapman).said().unwrap();
        assert!(said.en.contains("centres that differ much 74"), "{}", said.en);
        assert!(said.nl.contains("één stil centrum 87") && said.fr.contains("un centre silencieux 87"));
    }
}
