//! How figures are computed and when they must not be used, in words that somebody wrote.

use schemars::JsonSchema;
use serde::Serialize;

use crate::text::Texts;

/// A method, its source and its limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Method {
    /// What was computed.
    pub name: &'static str,
    /// Who published it.
    pub source: &'static str,
    /// When the figure must not be used.
    pub not_when: Texts,
}

pub(crate) const GAP: Method = Method {
    name: "share of noticed, reportable occurrences past their deadline that are not in the register, Wilson score interval",
    source: "Wilson 1927",
    not_when: Texts {
        nl: "Zegt niets over feiten die niemand opmerkte. Niet gebruiken om centra te rangschikken: wie veel opschrijft, heeft meer om te registreren.",
        fr: "Ne dit rien des faits que personne n'a remarqués. Ne pas utiliser pour classer des centres : qui écrit beaucoup a davantage à enregistrer.",
        en: "Says nothing about what nobody noticed. Do not use it to rank centres: who writes much has more to register.",
    },
};

pub(crate) const CHAPMAN: Method = Method {
    name: "total from two lists, Chapman's estimate, log-odds interval",
    source: "Chapman 1951, Seber 1970, Sadinle 2009",
    not_when: Texts {
        nl: "Niet gebruiken als de ene lijst uit de andere volgt, als niet gekoppeld is wat samenhoort, of als sommige feiten maar op één lijst kunnen staan: dan is de schatting te laag of onbruikbaar. In nagebootste netwerken waarvan de centra sterk verschillen, hield het interval het ware totaal in 74 van de 100 in, niet in 95.",
        fr: "Ne pas utiliser si une liste découle de l'autre, si ce qui va ensemble n'est pas relié, ou si certains faits ne peuvent figurer que sur une liste : l'estimation est alors trop basse ou inutilisable. Dans des réseaux simulés dont les centres diffèrent fortement, l'intervalle contenait le vrai total dans 74 cas sur 100, pas dans 95.",
        en: "Do not use it when one list follows from the other, when what belongs together is not linked, or when some occurrences can be on one list only: it is then too low or of no use. In simulated networks whose centres differ much, the interval held the true total in 74 of 100, not in 95.",
    },
};

pub(crate) const LOG_LINEAR: Method = Method {
    name: "total from all lists at once: Poisson log-linear models that pass the existence check, lowest BIC, log interval",
    source: "Fienberg 1972, Cormack 1989, Fienberg & Rinaldo 2012, Schwarz 1978",
    not_when: Texts {
        nl: "Niet gebruiken als lijsten niet gekoppeld zijn of als sommige feiten op geen enkele lijst kunnen komen. In nagebootste netwerken waarvan de centra sterk verschillen, hielden zulke intervallen het ware totaal in 37 tot 69 van de 100 in, niet in 95: lees ook de spreiding en de ondergrens.",
        fr: "Ne pas utiliser si les listes ne sont pas reliées ou si certains faits ne peuvent figurer sur aucune liste. Dans des réseaux simulés dont les centres diffèrent fortement, de tels intervalles contenaient le vrai total dans 37 à 69 cas sur 100, pas dans 95 : lisez aussi la dispersion et la borne inférieure.",
        en: "Do not use it when lists are not linked or when some occurrences can be on no list at all. In simulated networks whose centres differ much, such intervals held the true total in 37 to 69 of 100, not in 95: read the spread and the lower bound too.",
    },
};

pub(crate) const COMPLETENESS: Method = Method {
    name: "occurrences in the register / estimated total of Chapman, limits from the limits of the total",
    source: "Chapman 1951, Seber 1970, Sadinle 2009",
    not_when: CHAPMAN.not_when,
};

pub(crate) const CHAO: Method = Method {
    name: "at least this many: Chao's lower bound with list effects, log interval",
    source: "Chao 1987, Rivest & Baillargeon 2007",
    not_when: Texts {
        nl: "Een ondergrens, geen totaal: er zijn er minstens zoveel.",
        fr: "Une borne inférieure, pas un total : il y en a au moins autant.",
        en: "A lower bound, not a total: there are at least this many.",
    },
};

pub(crate) const RATE: Method = Method {
    name: "records per 1,000 resident-days, exact Poisson interval; exposure by trapezoids between occupancy reports",
    source: "Garwood 1936",
    not_when: Texts {
        nl: "Meet wat opgeschreven wordt, niet wat gebeurt. Een lage waarde is geen veiligheid; verslagen per persoon van één groepsfeit maken het interval te smal.",
        fr: "Mesure ce qui est écrit, pas ce qui se passe. Une valeur basse n'est pas la sécurité ; des rapports par personne d'un même fait collectif rendent l'intervalle trop étroit.",
        en: "Measures what is written down, not what happens. A low value is not safety; one report per person of a group event makes the interval too narrow.",
    },
};

pub(crate) const SHRUNKEN: Method = Method {
    name: "rate drawn towards the network's mean: empirical Bayes, gamma-Poisson",
    source: "Clayton & Kaldor 1987, Marshall 1991",
    not_when: Texts {
        nl: "Trekt kleine centra naar het gemiddelde: niet gebruiken om één centrum alleen te beoordelen.",
        fr: "Rapproche les petits centres de la moyenne : ne pas utiliser pour juger un centre seul.",
        en: "Draws small centres towards the mean: do not use it to judge one centre by itself.",
    },
};

pub(crate) const FUNNEL: Method = Method {
    name: "exact Poisson funnel limits around the network's rate, 95 % and 99.8 %",
    source: "Spiegelhalter 2005",
    not_when: Texts {
        nl: "Buiten de trechter zegt dat een centrum verschilt, niet waarom: eronder kan stilte zijn.",
        fr: "Hors de l'entonnoir dit qu'un centre diffère, pas pourquoi : en dessous, ce peut être le silence.",
        en: "Outside the funnel says that a centre differs, not why: below it may lie silence.",
    },
};

pub(crate) const SILENCE: Method = Method {
    name: "probability of no record for so long, days weighed by how many lived there, at the centre's shrunken rate, records in clusters as its weekly counts show (quasi-Poisson); the present silence and the longest of the others of each centre, false discovery rate 5 % over centres",
    source: "McCullagh & Nelder 1989, Šidák 1967, Benjamini & Hochberg 1995",
    not_when: Texts {
        nl: "Een gemarkeerde stilte is een vraag aan het centrum, geen verwijt; een niet gemarkeerde stilte is geen veiligheid.",
        fr: "Un silence signalé est une question au centre, pas un reproche ; un silence non signalé n'est pas la sécurité.",
        en: "A flagged silence is a question to the centre, not a reproach; a silence that is not flagged is not safety.",
    },
};

pub(crate) const DROPS: Method = Method {
    name: "weekly records against trend and season (quasi-Poisson): stretches at half of what was expected by lower CUSUM, told wrongly less than once in ten years; single weeks at a false discovery rate of 5 % over all weeks",
    source: "Farrington et al. 1996, Lucas 1985, Benjamini & Hochberg 1995",
    not_when: Texts {
        nl: "Een daling kan stilte zijn, een leeglopend centrum of een andere manier van schrijven: een vraag, geen besluit. Geen daling is geen veiligheid.",
        fr: "Une baisse peut être un silence, un centre qui se vide ou une autre façon d'écrire : une question, pas une conclusion. L'absence de baisse n'est pas la sécurité.",
        en: "A drop may be silence, a centre that empties, or another way of writing: a question, not a conclusion. No drop is not safety.",
    },
};

pub(crate) const ARRIVALS: Method = Method {
    name: "recent months corrected for entries still to come: product limit in reverse time; Mack's chain ladder beside it where every month has a full history",
    source: "Lagakos, Barraj & De Gruttola 1988, Mack 1993",
    not_when: Texts {
        nl: "Rekent met hoe laat er tot nu toe geregistreerd werd: een nieuwe regel breekt dat. Wat nooit geregistreerd wordt, zit er niet in.",
        fr: "Calcule d'après le retard d'enregistrement jusqu'ici : une nouvelle règle rompt cela. Ce qui n'est jamais enregistré n'y est pas.",
        en: "Reckons with how late entries came so far: a new rule breaks that. What is never registered is not in it.",
    },
};

pub(crate) const NUMBERS: Method = Method {
    name: "numbers missing from running series of the register, from 1 to the highest seen",
    source: "counting",
    not_when: Texts {
        nl: "Een ontbrekend nummer kan geannuleerd zijn; wat nooit een nummer kreeg, laat geen gat.",
        fr: "Un numéro manquant peut avoir été annulé ; ce qui n'a jamais reçu de numéro ne laisse pas de trou.",
        en: "A missing number may have been cancelled; what was never given a number leaves no gap.",
    },
};

pub(crate) const DELAY: Method = Method {
    name: "time until something follows, what has not followed yet counted as still waiting: Kaplan-Meier, Greenwood, log interval",
    source: "Kaplan & Meier 1958, Greenwood 1926",
    not_when: Texts {
        nl: "Telt alleen feiten die iemand opschreef: een korte termijn zegt niets over wat ontbreekt.",
        fr: "Ne compte que les faits que quelqu'un a notés : un délai court ne dit rien de ce qui manque.",
        en: "Counts only what somebody wrote down: a short delay says nothing about what is missing.",
    },
};

pub(crate) const IN_TIME: Method = Method {
    name: "share of the steps of protocols that were done or are overdue, done by their deadline; Wilson score interval",
    source: "Wilson 1927",
    not_when: Texts {
        nl: "Stappen van één protocol hangen samen: het interval is eerder te smal. Zegt niets over signalen waarop geen protocol gestart is, en rangschikt geen centra.",
        fr: "Les étapes d'un même protocole sont liées : l'intervalle est plutôt trop étroit. Ne dit rien des signaux pour lesquels aucun protocole n'a été lancé, et ne classe pas les centres.",
        en: "Steps of one protocol hang together: the interval is rather too narrow. Says nothing of signals on which no protocol was started, and ranks no centres.",
    },
};

pub(crate) const AGREEMENT: Method = Method {
    name: "agreement of the reporter's severity with that of an assessor who had not seen it: kappa, linear weights",
    source: "Cicchetti & Allison 1971, Fleiss, Cohen & Everitt 1969",
    not_when: Texts {
        nl: "Geen maat voor wie gelijk had. Waar bijna alles even ernstig is, is kappa laag hoe eens men het ook is.",
        fr: "Ne mesure pas qui avait raison. Là où presque tout a la même gravité, kappa est bas quel que soit l'accord.",
        en: "No measure of who was right. Where nearly everything is equally serious, kappa is low however much people agree.",
    },
};

pub(crate) const DIRECTION: Method = Method {
    name: "of blind pairs of judgements that differ, the share in which the second is higher, Wilson score interval",
    source: "Wilson 1927",
    not_when: AGREEMENT.not_when,
};

pub(crate) const REASONS: Method = Method {
    name: "last recorded reason of each signal for not registering it",
    source: "counting",
    not_when: Texts {
        nl: "Redenen uit vrees worden alleen samen en pas vanaf tien antwoorden getoond; wie geen reden gaf, telt niet mee.",
        fr: "Les raisons liées à la crainte ne sont montrées qu'ensemble et à partir de dix réponses ; qui n'a pas donné de raison ne compte pas.",
        en: "Reasons of fear are shown only together and only from ten answers; who gave no reason does not count.",
    },
};

pub(crate) const REGISTER: Method = Method {
    name: "entries of the official register as last reclassified",
    source: "counting",
    not_when: Texts {
        nl: "Telt wat geregistreerd is, niet wat gebeurde.",
        fr: "Compte ce qui est enregistré, pas ce qui s'est passé.",
        en: "Counts what is registered, not what happened.",
    },
};

/// All of them, for the test that reads their texts.
#[cfg(test)]
pub(crate) const ALL: [Method; 18] = [
    GAP,
    CHAPMAN,
    DROPS,
    ARRIVALS,
    DIRECTION,
    LOG_LINEAR,
    COMPLETENESS,
    CHAO,
    RATE,
    SHRUNKEN,
    FUNNEL,
    SILENCE,
    NUMBERS,
    DELAY,
    AGREEMENT,
    IN_TIME,
    REASONS,
    REGISTER,
];
