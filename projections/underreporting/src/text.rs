//! Ready sentences in Dutch, French and English: never generated, so that somebody has read every one of them.

use schemars::JsonSchema;
use serde::Serialize;

use crate::estimators::Reason;

/// One sentence in the three languages of the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Texts {
    /// Dutch.
    pub nl: &'static str,
    /// French.
    pub fr: &'static str,
    /// English.
    pub en: &'static str,
}

/// Stands beside every figure: a low count is never safety.
pub const CAUTION: Texts = Texts {
    nl: "Weinig meldingen betekent niet dat er weinig gebeurt: wat niemand opmerkt of opschrijft, staat niet in deze cijfers.",
    fr: "Peu de signalements ne veut pas dire que peu de choses se passent : ce que personne ne remarque ou n'écrit n'est pas dans ces chiffres.",
    en: "Few records do not mean that little happens: what nobody notices or writes down is not in these figures.",
};

impl Reason {
    /// What is missing, and what would make the figure estimable.
    #[must_use]
    pub const fn missing(self) -> Texts {
        match self {
            Self::NoUnits => Texts {
                nl: "Er is niets om een aandeel van te nemen: kies een langere periode of meer centra.",
                fr: "Il n'y a rien dont prendre une part : choisissez une période plus longue ou plus de centres.",
                en: "There is nothing to take a share of: choose a longer period or more centres.",
            },
            Self::NoOverlap => Texts {
                nl: "Geen enkel feit staat op beide lijsten. Zonder overlap is het totaal onbekend: koppel wat over hetzelfde feit gaat, of kies een langere periode.",
                fr: "Aucun fait ne figure sur les deux listes. Sans recoupement, le total est inconnu : reliez ce qui concerne le même fait, ou choisissez une période plus longue.",
                en: "Not one occurrence is on both lists. Without overlap the total is unknown: link what is about the same occurrence, or choose a longer period.",
            },
            Self::EmptyList => Texts {
                nl: "Een van de lijsten is leeg: er zijn twee bronnen nodig die los van elkaar opschrijven.",
                fr: "L'une des listes est vide : il faut deux sources qui notent indépendamment l'une de l'autre.",
                en: "One of the lists is empty: two sources that write independently of each other are needed.",
            },
            Self::OneList => Texts {
                nl: "Er is maar één lijst: een schatting vraagt er minstens twee.",
                fr: "Il n'y a qu'une seule liste : une estimation en demande au moins deux.",
                en: "There is only one list: an estimate needs at least two.",
            },
            Self::NothingObserved => Texts {
                nl: "Er is niets opgeschreven in deze periode; dat is geen bewijs dat er niets gebeurde.",
                fr: "Rien n'a été noté pendant cette période ; ce n'est pas la preuve que rien ne s'est passé.",
                en: "Nothing was written down in this period; that is no proof that nothing happened.",
            },
            Self::NoExposure => Texts {
                nl: "Er zijn geen twee bezettingsmeldingen die een deel van de periode omspannen: meld de bezetting van het centrum.",
                fr: "Aucune paire de rapports d'occupation ne couvre une partie de la période : rapportez l'occupation du centre.",
                en: "No two occupancy reports span a part of the period: report the centre's occupancy.",
            },
            Self::TooFewGroups => Texts {
                nl: "Minder dan twee centra hebben bezettingscijfers: er valt niets te vergelijken.",
                fr: "Moins de deux centres ont des chiffres d'occupation : il n'y a rien à comparer.",
                en: "Fewer than two centres have occupancy figures: there is nothing to compare.",
            },
            Self::NoVariation => Texts {
                nl: "Alle inschattingen vallen in dezelfde klasse: overeenstemming is dan niet van toeval te onderscheiden.",
                fr: "Toutes les évaluations tombent dans la même classe : l'accord ne se distingue alors pas du hasard.",
                en: "All assessments fall into the same class: agreement then cannot be told from chance.",
            },
            Self::Suppressed => Texts {
                nl: "Onderdrukt: het aantal is zo klein dat het over herkenbare mensen zou gaan.",
                fr: "Masqué : le nombre est si petit qu'il désignerait des personnes reconnaissables.",
                en: "Suppressed: the count is so small that it would point at recognisable people.",
            },
        }
    }
}
