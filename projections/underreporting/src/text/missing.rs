//! What a figure that cannot be estimated lacks, and what would make it estimable.

use super::Texts;
use crate::estimators::Reason;

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
            Self::NoMaximum => Texts {
                nl: "Dit model heeft op deze tabel geen schatting: welke lijsten elkaar niet overlappen, laat het totaal open. Koppel wat samenhoort, kies een langere periode of een eenvoudiger model.",
                fr: "Ce modèle n'a pas d'estimation sur ce tableau : les listes qui ne se recoupent pas laissent le total ouvert. Reliez ce qui va ensemble, choisissez une période plus longue ou un modèle plus simple.",
                en: "This model has no estimate on this table: the lists that do not overlap leave the total open. Link what belongs together, choose a longer period or a simpler model.",
            },
            Self::NotIdentifiable => Texts {
                nl: "Deze tabel legt de parameters van dit model niet vast: kies een eenvoudiger model of voeg een lijst toe.",
                fr: "Ce tableau ne détermine pas les paramètres de ce modèle : choisissez un modèle plus simple ou ajoutez une liste.",
                en: "This table does not determine the parameters of this model: choose a simpler model or add a list.",
            },
            Self::MoreThanTwoLists => Texts {
                nl: "Deze methode is voor twee lijsten; hier zijn er meer: zie elk paar apart, en de modellen.",
                fr: "Cette méthode est faite pour deux listes ; il y en a davantage ici : voyez chaque paire séparément, et les modèles.",
                en: "This method is for two lists and there are more here: see each pair by itself, and the models.",
            },
            Self::NoModel => Texts {
                nl: "Geen enkel model heeft op deze tabel een schatting: er is te weinig overlap tussen de lijsten. Koppel wat samenhoort, of kies een langere periode.",
                fr: "Aucun modèle n'a d'estimation sur ce tableau : les listes se recoupent trop peu. Reliez ce qui va ensemble, ou choisissez une période plus longue.",
                en: "No model has an estimate on this table: the lists overlap too little. Link what belongs together, or choose a longer period.",
            },
            Self::NotSettled => Texts {
                nl: "De berekening van dit model kwam op deze tabel niet tot rust: kies een eenvoudiger model.",
                fr: "Le calcul de ce modèle ne s'est pas stabilisé sur ce tableau : choisissez un modèle plus simple.",
                en: "The calculation of this model did not come to rest on this table: choose a simpler model.",
            },
            Self::NotOver => Texts {
                nl: "Deze maand is nog niet voorbij: vraag het opnieuw wanneer ze voorbij is.",
                fr: "Ce mois n'est pas encore terminé : redemandez-le quand il le sera.",
                en: "This month is not over yet: ask again when it is.",
            },
        }
    }
}
