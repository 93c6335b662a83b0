//! What figures say to whoever directs a centre: the sentences, and how each answer fills its own.

use super::{Sentence, Slot, Texts};
use crate::estimators::chao::AtLeast;
use crate::estimators::delays::Curve;
use crate::estimators::kappa::Agreement;
use crate::estimators::proportion::Proportion;
use crate::estimators::rates::Rate;
use crate::estimators::shrinkage::Shrunken;
use crate::estimators::two_lists::Total;
use crate::estimators::{Answer, Interval, Reason};

/// An answer that can be said in a sentence.
pub(crate) trait Said {
    /// The sentence, without its period.
    fn said(&self) -> Sentence;
}

pub(crate) const PERIOD: Texts = Texts {
    nl: "Van {from} tot en met {last}: {said}",
    fr: "Du {from} au {last} : {said}",
    en: "From {from} to {last}: {said}",
};

pub(crate) const BETWEEN: Texts =
    Texts { nl: "{lower} tot {upper}", fr: "de {lower} à {upper}", en: "{lower} to {upper}" };

pub(crate) const UNBOUNDED: Texts = Texts {
    nl: "minstens {lower}, zonder bovengrens",
    fr: "au moins {lower}, sans limite supérieure",
    en: "at least {lower}, without an upper limit",
};

pub(crate) const REFUSED: Texts = Texts {
    nl: "dit is niet te schatten. {missing}",
    fr: "cela ne peut être estimé. {missing}",
    en: "this cannot be estimated. {missing}",
};

pub(crate) const GAP: Texts = Texts {
    nl: "van de {n} opgemerkte feiten die al in het register moesten staan, staan er {x} niet in: {share} ({between}). Wat niemand opmerkte, telt hier niet mee.",
    fr: "sur les {n} faits remarqués qui devaient déjà figurer au registre, {x} n'y figurent pas : {share} ({between}). Ce que personne n'a remarqué ne compte pas ici.",
    en: "of the {n} noticed occurrences that had to be in the register by now, {x} are not: {share} ({between}). What nobody noticed does not count here.",
};

pub(crate) const TOTAL: Texts = Texts {
    nl: "naar schatting gebeurden er {estimate} feiten van deze soort ({between}); {observed} daarvan zijn gekend.",
    fr: "on estime que {estimate} faits de ce genre se sont produits ({between}) ; {observed} d'entre eux sont connus.",
    en: "an estimated {estimate} occurrences of this kind took place ({between}); {observed} of them are known.",
};

pub(crate) const FEW_OVERLAP: Texts = Texts {
    nl: "{said} Er staan er minder dan zeven op beide lijsten: lees het interval, niet de schatting.",
    fr: "{said} Moins de sept figurent sur les deux listes : lisez l'intervalle, pas l'estimation.",
    en: "{said} Fewer than seven are on both lists: read the interval, not the estimate.",
};

pub(crate) const HELD: Texts = Texts {
    nl: "naar schatting staat {share} van de feiten op deze lijst ({between}).",
    fr: "on estime que {share} des faits figurent sur cette liste ({between}).",
    en: "an estimated {share} of the occurrences are on this list ({between}).",
};

pub(crate) const AT_LEAST: Texts = Texts {
    nl: "er waren minstens {least} feiten van deze soort; {observed} daarvan zijn gekend. Hoeveel meer het er zijn, zegt dit cijfer niet.",
    fr: "il y a eu au moins {least} faits de ce genre ; {observed} d'entre eux sont connus. Combien il y en a de plus, ce chiffre ne le dit pas.",
    en: "there were at least {least} occurrences of this kind; {observed} of them are known. How many more there are this figure does not say.",
};

pub(crate) const SELECTED: Texts = Texts {
    nl: "het model dat het best past, schat {estimate} feiten van deze soort ({between}); modellen die bijna even goed passen, geven {lowest} tot {highest}. Er zijn er {observed} gekend.",
    fr: "le modèle qui convient le mieux estime {estimate} faits de ce genre ({between}) ; des modèles qui conviennent presque aussi bien donnent de {lowest} à {highest}. On en connaît {observed}.",
    en: "the model that fits best estimates {estimate} occurrences of this kind ({between}); models that fit almost as well give {lowest} to {highest}. {observed} are known.",
};

pub(crate) const AGREEMENT: Texts = Texts {
    nl: "van de {pairs} meldingen die iemand blind een tweede keer inschatte, viel de tweede inschatting {higher} keer hoger en {lower_than} keer lager uit; kappa is {kappa} ({between}; 1 is volledig eens, 0 is toeval).",
    fr: "sur les {pairs} signalements que quelqu'un a évalués une deuxième fois à l'aveugle, la deuxième évaluation était {higher} fois plus haute et {lower_than} fois plus basse ; kappa vaut {kappa} ({between} ; 1 est un accord complet, 0 le hasard).",
    en: "of the {pairs} signals that somebody assessed blindly a second time, the second assessment was higher {higher} times and lower {lower_than} times; kappa is {kappa} ({between}; 1 is full agreement, 0 is chance).",
};

pub(crate) const RATE: Texts = Texts {
    nl: "er staat {count} keer iets opgeschreven op {exposure} bewonersdagen: {rate} per 1.000 ({between}). Dat meet wat opgeschreven wordt, niet wat gebeurt.",
    fr: "quelque chose a été noté {count} fois sur {exposure} jours-résidents : {rate} pour 1 000 ({between}). Cela mesure ce qui est écrit, pas ce qui se passe.",
    en: "something was written down {count} times in {exposure} resident-days: {rate} per 1,000 ({between}). That measures what is written, not what happens.",
};

pub(crate) const SHRUNKEN: Texts = Texts {
    nl: "naar het gemiddelde van het netwerk toe gerekend is dat {rate} per 1.000 bewonersdagen ({between}); {weight} daarvan weegt het centrum zelf.",
    fr: "ramené vers la moyenne du réseau, cela fait {rate} pour 1 000 jours-résidents ({between}) ; le centre lui-même y pèse {weight}.",
    en: "drawn towards the network's mean that is {rate} per 1,000 resident-days ({between}); the centre's own figure weighs {weight} of it.",
};

pub(crate) const MEAN_ONLY: Texts = Texts {
    nl: "toeval kan alle verschillen tussen centra verklaren; dan blijft het gemiddelde van het netwerk over, {rate} per 1.000 bewonersdagen.",
    fr: "le hasard peut expliquer toutes les différences entre centres ; il reste alors la moyenne du réseau, {rate} pour 1 000 jours-résidents.",
    en: "chance can explain all differences between centres; what remains is the network's mean, {rate} per 1,000 resident-days.",
};

pub(crate) const FUNNEL: Texts = Texts {
    nl: "van de centra van deze grootte die schrijven zoals het netwerk, liggen er 95 op 100 tussen {lower} en {upper} per 1.000 bewonersdagen. Ligt een centrum daarbuiten, dan is dat een vraag; eronder kan stilte schuilen.",
    fr: "sur 100 centres de cette taille qui écrivent comme le réseau, 95 se situent entre {lower} et {upper} pour 1 000 jours-résidents. Hors de ces limites, c'est une question ; en dessous peut se cacher un silence.",
    en: "of 100 centres of this size that write as the network does, 95 lie between {lower} and {upper} per 1,000 resident-days. Outside it is a question; below it silence may hide.",
};

pub(crate) const FOLLOWED: Texts = Texts {
    nl: "bij de helft volgde het binnen {median} dagen; bij {ended} van de {units} is het gevolgd, de andere wachten nog.",
    fr: "pour la moitié, la suite est venue dans les {median} jours ; elle est venue pour {ended} sur {units}, les autres attendent encore.",
    en: "for half of them it followed within {median} days; it has followed for {ended} of {units}, the others still wait.",
};

pub(crate) const NOT_HALF: Texts = Texts {
    nl: "bij minder dan de helft is het al gevolgd, bij {ended} van de {units}: de andere wachten nog.",
    fr: "la suite n'est pas encore venue pour la moitié ; elle est venue pour {ended} sur {units}, les autres attendent encore.",
    en: "for less than half of them has it followed yet, for {ended} of {units}: the others still wait.",
};

pub(crate) fn between(interval: Interval, slot: fn(f64) -> Slot) -> Slot {
    let lower = ("lower", slot(interval.lower));
    Slot::Said(match interval.upper {
        Some(upper) => BETWEEN.fill(&[lower, ("upper", slot(upper))]),
        None => UNBOUNDED.fill(&[lower]),
    })
}

impl<T: Said> Said for Answer<T> {
    fn said(&self) -> Sentence {
        match self {
            Self::Estimate(estimate) => estimate.said(),
            Self::Refusal(refusal) => refused(refusal.reason),
        }
    }
}

/// That there is no figure, and what would make one.
pub(crate) fn refused(reason: Reason) -> Sentence {
    REFUSED.fill(&[("missing", Slot::Words(reason.missing()))])
}

impl Said for Proportion {
    fn said(&self) -> Sentence {
        GAP.fill(&[
            ("n", Slot::Count(self.n)),
            ("x", Slot::Count(self.x)),
            ("share", Slot::Share(self.share)),
            ("between", between(self.interval, Slot::Share)),
        ])
    }
}

impl Said for Total {
    fn said(&self) -> Sentence {
        let said = TOTAL.fill(&[
            ("estimate", Slot::Whole(self.estimate)),
            ("between", between(self.interval, Slot::Whole)),
            ("observed", Slot::Count(self.observed)),
        ]);
        if self.few_overlap { FEW_OVERLAP.fill(&[("said", Slot::Said(said))]) } else { said }
    }
}

impl Said for AtLeast {
    fn said(&self) -> Sentence {
        AT_LEAST
            .fill(&[("least", Slot::Whole(self.at_least.floor())), ("observed", Slot::Count(self.observed))])
    }
}

impl Said for Agreement {
    fn said(&self) -> Sentence {
        AGREEMENT.fill(&[
            ("pairs", Slot::Count(self.pairs)),
            ("higher", Slot::Count(self.second_higher)),
            ("lower_than", Slot::Count(self.second_lower)),
            ("kappa", Slot::Fine(self.kappa)),
            ("between", between(self.interval, Slot::Fine)),
        ])
    }
}

impl Said for Rate {
    fn said(&self) -> Sentence {
        RATE.fill(&[
            ("count", Slot::Count(self.count)),
            ("exposure", Slot::Whole(self.exposure)),
            ("rate", Slot::Fine(self.per_1000)),
            ("between", between(self.interval, Slot::Fine)),
        ])
    }
}

impl Said for Shrunken {
    fn said(&self) -> Sentence {
        let rate = ("rate", Slot::Fine(self.rate));
        match self.interval {
            Some(interval) => SHRUNKEN.fill(&[
                rate,
                ("between", between(interval, Slot::Fine)),
                ("weight", Slot::Share(self.own_weight)),
            ]),
            None => MEAN_ONLY.fill(&[rate]),
        }
    }
}

impl Said for Curve {
    fn said(&self) -> Sentence {
        let counts = [("ended", Slot::Count(self.ended)), ("units", Slot::Count(self.units))];
        let [ended, units] = counts;
        match self.median {
            Some(median) => FOLLOWED.fill(&[("median", Slot::Real(median)), ended, units]),
            None => NOT_HALF.fill(&[ended, units]),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::estimators::Level;
    use crate::text::{CAUTION, Language};

    /// Nothing that a low figure may ever say, in no language. What denies it (`not safety`) is taken out first.
    const FORBIDDEN: [&str; 30] = [
        "veilig",
        "geruststell",
        "onder controle",
        "geen probleem",
        "in orde",
        "rustig",
        "gunstig",
        "goed nieuws",
        "weinig incidenten",
        "verbeter",
        "er gebeurt weinig",
        "sécur",
        "rassur",
        "sous contrôle",
        "aucun problème",
        "en ordre",
        "calme",
        "favorable",
        "bonne nouvelle",
        "peu d'incidents",
        "amélior",
        "sûr ",
        "safe",
        "reassur",
        "under control",
        "no problem",
        "good news",
        "few incidents",
        "improve",
        "calm",
    ];
    const DENIED: [&str; 6] =
        ["geen veiligheid", "pas la sécurité", "not safety", "no safety", "niet veilig", "pas sûr"];

    pub(super) fn forbidden(text: &str) -> Option<&'static str> {
        let plain = DENIED.iter().fold(text.to_lowercase(), |text, denied| text.replace(denied, ""));
        FORBIDDEN.into_iter().find(|word| plain.contains(word))
    }

    fn templates() -> Vec<Texts> {
        let mut all = vec![
            PERIOD,
            BETWEEN,
            UNBOUNDED,
            REFUSED,
            GAP,
            TOTAL,
            FEW_OVERLAP,
            HELD,
            AT_LEAST,
            SELECTED,
            AGREEMENT,
            RATE,
            SHRUNKEN,
            MEAN_ONLY,
            FUNNEL,
            FOLLOWED,
            NOT_HALF,
            CAUTION,
        ];
        all.extend(Reason::ALL.map(Reason::missing));
        all.extend(crate::report::method::ALL.iter().map(|method| method.not_when));
        all.extend(crate::report::sentences());
        all
    }

    fn slots(text: &str) -> BTreeSet<&str> {
        text.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0)).collect()
    }

    #[test]
    fn every_language_has_the_same_slots_and_none_sounds_safe() {
        for texts in templates() {
            let (nl, fr, en) = (slots(texts.nl), slots(texts.fr), slots(texts.en));
            assert!(nl == fr && fr == en, "{}", texts.en);
            for language in Language::ALL {
                let text = texts.of(language);
                assert!(!text.is_empty() && forbidden(text).is_none(), "{text}: {:?}", forbidden(text));
            }
        }
        assert!(forbidden("Het is hier veilig.").is_some() && forbidden("Dat is geen veiligheid.").is_none());
    }

    #[test]
    fn the_lowest_counts_are_said_without_comfort_and_without_a_slot_left() {
        use crate::estimators::{delays, proportion, rates};
        let level = Level::P95;
        let none = [
            proportion::wilson(0, 1, level).unwrap().said(),
            rates::rate(0, 10_000.0, level).unwrap().said(),
            rates::rate(1, 10_000.0, level).unwrap().said(),
            delays::kaplan_meier(&[delays::Wait { time: 1.0, ended: false, count: 1 }], level)
                .unwrap()
                .said(),
            Answer::<Rate>::Refusal(Reason::NothingObserved.into()).said(),
        ];
        for sentence in &none {
            for language in Language::ALL {
                let text = sentence.of(language);
                assert!(!text.contains('{') && forbidden(text).is_none(), "{text}");
            }
        }
        assert!(none[1].nl.contains("niet wat gebeurt") && none[0].fr.contains("personne n'a remarqué"));
        assert!(none[4].en.contains("no proof that nothing happened"));
    }
}
