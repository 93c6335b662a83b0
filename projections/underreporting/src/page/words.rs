//! The words of the page.

use crate::report::Cell;
use crate::report::suppression::FEW;
use crate::text::{Language, Texts};

macro_rules! words {
    ($($name:ident: $nl:literal, $fr:literal, $en:literal;)*) => {
        $(pub(super) const $name: Texts = Texts { nl: $nl, fr: $fr, en: $en };)*

        /// All of them, for the test that reads them.
        #[cfg(test)]
        pub(crate) const ALL: &[Texts] = &[$($name),*];
    };
}

words! {
    TITLE: "Wat het register niet bereikt", "Ce qui n'atteint pas le registre", "What does not reach the register";
    PERIOD: "Van {from} tot en met {last}, zoals gekend op {known}. Centra: {centres}.", "Du {from} au {last}, tel que connu le {known}. Centres : {centres}.", "From {from} to {last}, as known on {known}. Centres: {centres}.";
    FOR_ANALYST: "Volledige aantallen, voor analisten: niet verder verspreiden.", "Nombres complets, pour analystes : ne pas diffuser.", "Full counts, for analysts: do not pass on.";
    FOR_OTHERS: "Aantallen van 1 tot 4 zijn verborgen, en nul ook: verborgen betekent van 0 tot 4, niet nul. Andere aantallen staan er tot op twee na.", "Les nombres de 1 à 4 sont masqués, et zéro aussi : masqué veut dire de 0 à 4, pas zéro. Les autres nombres sont donnés à deux près.", "Counts of 1 to 4 are hidden, and so is zero: hidden means 0 to 4, not zero. Other counts are given within two.";
    HOW: "Hoe het berekend is", "Comment c'est calculé", "How it was computed";
    SOURCE: "Bron", "Source", "Source";
    MISSING: "Ontbrekend of geïnterpoleerd", "Manquant ou interpolé", "Missing or interpolated";
    GAP: "Opgemerkt, maar niet in het register", "Remarqué, mais pas au registre", "Noticed, but not in the register";
    COMPLETENESS: "Hoe volledig is elke lijst?", "À quel point chaque liste est-elle complète ?", "How complete is each list?";
    COMPLETENESS_TOLD: "Geschat aandeel van alle feiten dat op elke lijst staat, met het 95 %-interval.", "Part estimée de tous les faits qui figure sur chaque liste, avec l'intervalle à 95 %.", "Estimated share of all occurrences on each list, with its 95% interval.";
    FUNNEL: "Hoeveel schrijven centra op?", "Combien les centres écrivent-ils ?", "How much do centres write down?";
    FUNNEL_TOLD: "Elk punt is een centrum, genummerd zoals in de tabel: hoeveel er in het register kwam per 1.000 bewonersdagen, tegenover hoeveel bewonersdagen het had. De lijnen geven aan waartussen centra liggen die schrijven zoals het netwerk. De volgorde in de tabel is alfabetisch en geen rangschikking.", "Chaque point est un centre, numéroté comme dans le tableau : combien a été inscrit au registre pour 1 000 jours-résidents, selon ses jours-résidents. Entre les lignes se situent les centres qui écrivent comme le réseau. L'ordre du tableau est alphabétique et n'est pas un classement.", "Each dot is a centre, numbered as in the table: how much entered the register per 1,000 resident-days, against its resident-days. Between the lines lie centres that write as the network does. The table is alphabetical and no ranking.";
    SURVIVAL: "Hoelang duurt het?", "Combien de temps cela prend-il ?", "How long does it take?";
    SURVIVAL_TOLD: "Aandeel waarvoor de volgende stap gezet was, naar dagen sinds het begin; wat nog wacht, telt als nog niet gevolgd.", "Part pour laquelle l'étape suivante était faite, selon les jours depuis le début ; ce qui attend encore compte comme non suivi.", "Share for which the next step was taken, by days since the start; what still waits counts as not followed.";
    SILENCES: "Wanneer schreven centra niets?", "Quand les centres n'ont-ils rien écrit ?", "When did centres write nothing?";
    SILENCES_TOLD: "Per centrum de langste tijd zonder iets in het register (licht) en elke tijd die toeval moeilijk verklaart (donker, met uitroepteken); strepen eronder zijn weken waarin veel minder kwam dan verwacht.", "Par centre, la plus longue période sans rien au registre (clair) et chaque période que le hasard explique difficilement (foncé, avec point d'exclamation) ; les traits en dessous sont des semaines bien plus faibles que prévu.", "For each centre the longest time with nothing in the register (light) and each time that chance hardly explains (dark, with an exclamation mark); bars below are weeks with far less than expected.";
    REASONS: "Waarom niet geregistreerd?", "Pourquoi pas enregistré ?", "Why not registered?";
    REASONS_TOLD: "Hoeveel meldingen elke reden kregen om niet te registreren.", "Combien de signalements ont reçu chaque raison de ne pas enregistrer.", "How many signals were given each reason not to register.";
    NUMBERS: "Ontbrekende nummers in het register", "Numéros manquants au registre", "Missing numbers in the register";
    RECENT: "Wat nog te komen staat", "Ce qui reste à venir", "What is still to come";
    CENTRE: "Centrum", "Centre", "Centre";
    LIST: "Lijst", "Liste", "List";
    SHARE: "Aandeel", "Part", "Share";
    LOWER: "Ondergrens", "Limite inférieure", "Lower limit";
    UPPER: "Bovengrens", "Limite supérieure", "Upper limit";
    RATE: "Per 1.000 bewonersdagen", "Pour 1 000 jours-résidents", "Per 1,000 resident-days";
    DAYS: "Bewonersdagen", "Jours-résidents", "Resident-days";
    SHRUNKEN: "Naar het netwerk toe gerekend", "Ramené vers le réseau", "Drawn towards the network";
    LIMITS: "Trechter 95 %", "Entonnoir 95 %", "Funnel 95%";
    STEP: "Stap", "Étape", "Step";
    DAY: "dag {n}", "jour {n}", "day {n}";
    MEDIAN: "Helft gevolgd na (dagen)", "Moitié suivie après (jours)", "Half followed after (days)";
    UNITS: "Aantal", "Nombre", "Number";
    FROM: "Van", "Du", "From";
    TO: "Tot", "Au", "To";
    LENGTH: "Dagen", "Jours", "Days";
    FLAG: "Moeilijk te verklaren door toeval", "Difficile à expliquer par le hasard", "Hard to explain by chance";
    YES: "ja", "oui", "yes";
    NO: "nee", "non", "no";
    REASON: "Reden", "Raison", "Reason";
    PART: "Deel", "Partie", "Part";
    DUE: "Te registreren", "À enregistrer", "To be registered";
    NOT_IN: "Niet in het register", "Pas au registre", "Not in the register";
    SERIES: "Reeks", "Série", "Series";
    PRESENT: "Bekend", "Connus", "Known";
    HIGHEST: "Hoogste", "Plus haut", "Highest";
    ABSENT: "Ontbreken", "Manquants", "Missing";
    MONTH: "Maand", "Mois", "Month";
    SO_FAR: "Nu in het register", "Maintenant au registre", "In the register now";
    IN_THE_END: "Verwacht", "Attendus", "Expected";
    HIDDEN: "verborgen", "masqué", "hidden";
    NOTHING: "Hier is niets te tekenen: {why}", "Il n'y a rien à dessiner ici : {why}", "There is nothing to draw here: {why}";
    NO_DATA: "er is niets opgeschreven, of het is verborgen; dat zegt niet dat er niets gebeurde.", "rien n'a été noté, ou c'est masqué ; cela ne dit pas qu'il ne s'est rien passé.", "nothing was written down, or it is hidden; that does not say that nothing happened.";
    REGISTERED: "In het register, hoe ook", "Au registre, de toute façon", "In the register, by any way";
    OCCURRENCE_TO_SIGNAL: "Van feit tot melding", "Du fait au signalement", "Occurrence to signal";
    SIGNAL_TO_REGISTRATION: "Van melding tot register", "Du signalement au registre", "Signal to register";
    OCCURRENCE_TO_REGISTRATION: "Van feit tot register", "Du fait au registre", "Occurrence to register";
    SIGNAL_TO_ANSWER: "Van melding tot terugkoppeling", "Du signalement au retour", "Signal to feedback";
    FEEDBACK: "Hoort wie iets meldde wat ermee gebeurde?", "Qui a signalé apprend-il ce qu'il en est advenu ?", "Do those who reported hear what became of it?";
    LOOPS: "Meldingen: {signals}. Bij {open} daarvan weet wie meldde nog niet hoe het afliep.", "Signalements : {signals}. Pour {open} d'entre eux, la personne qui a signalé ne sait pas encore comment cela s'est terminé.", "Signals: {signals}. Of {open} of them the reporter does not know yet how it ended.";
    UNTIL_TOLD: "Tot de melder hoorde wat er gedaan is", "Jusqu'à ce que la personne apprenne ce qui a été fait", "Until the reporter heard what was done";
    UNTIL_OUTCOME: "Tot de melder hoorde hoe het afliep", "Jusqu'à ce que la personne apprenne comment cela s'est terminé", "Until the reporter heard how it ended";
    UNTIL_CHILD_TOLD: "Tot het kind iets hoorde", "Jusqu'à ce que l'enfant apprenne quelque chose", "Until the child heard anything";
    PROTOCOLS: "Worden stappenplannen gevolgd en geoefend?", "Les plans par étapes sont-ils suivis et exercés ?", "Are protocols kept to, and practised?";
    PROTOCOL: "Stappenplan", "Plan par étapes", "Protocol";
    ALL_OF_THEM: "alle samen", "tous ensemble", "all together";
    STARTED: "Gestart", "Lancés", "Started";
    PRACTISED: "Geoefend", "Exercés", "Practised";
    IN_TIME: "Stappen op tijd", "Étapes à temps", "Steps in time";
    LATE: "Te laat", "En retard", "Late";
    SKIPPED: "Overgeslagen", "Passées", "Skipped";
    OVERDUE: "Hadden gedaan moeten zijn", "Auraient dû être faites", "Overdue";
    TO_COME: "Nog te doen", "À venir", "To come";
    SKIPPED_BECAUSE: "Overgeslagen, en waarom", "Passées, et pourquoi", "Skipped, and why";
    NOT_OF_STEPS: "Stappen van een stappenplan hebben geen soort, niveau of minderjarigen: vraag dit verslag zonder die filters.", "Les étapes d'un plan n'ont ni type, ni niveau, ni mineurs : demandez ce rapport sans ces filtres.", "Steps of a protocol have no type, level or minors: ask this report without those filters.";
}

/// What people call a reason to skip a step.
pub(super) fn skipped(name: &str) -> Texts {
    let (nl, fr, en) = match name {
        "not_applicable" => ("niet van toepassing", "ne s'applique pas", "does not apply"),
        "done_by_others" => ("door anderen gedaan", "fait par d'autres", "done by others"),
        "person_declined" => ("betrokkene wilde niet", "refusé par la personne", "declined by the person"),
        "unsafe" => ("zou gevaar brengen", "aurait créé un danger", "would have brought danger"),
        "unreachable" => ("niemand bereikbaar", "personne joignable", "nobody could be reached"),
        FEW => ("redenen die zelden voorkwamen, samen", "raisons rares, ensemble", "rare reasons, together"),
        _ => ("andere", "autre", "other"),
    };
    Texts { nl, fr, en }
}

/// A count as its reader may see it: exact, from where to where, or hidden.
pub(super) fn count(cell: Cell, language: Language) -> String {
    let number = |count: u64| language.number(crate::estimators::real(count), 0);
    match cell.count {
        Some(count) if cell.within > 0 => {
            format!("{}–{}", number(count - cell.within), number(count + cell.within))
        }
        Some(count) => number(count),
        None => HIDDEN.of(language).to_owned(),
    }
}

/// What people call a reason not to register.
pub(super) fn reason(name: &str) -> Texts {
    let (nl, fr, en) = match name {
        "handled_informally" => ("informeel afgehandeld", "réglé de façon informelle", "handled informally"),
        "seen_as_normal" => ("als normaal gezien", "vu comme normal", "seen as normal"),
        "cultural_reading" => ("cultureel gelezen", "lu comme culturel", "read as cultural"),
        "unclear_procedure" => ("procedure onduidelijk", "procédure pas claire", "procedure unclear"),
        "no_time" => ("geen tijd", "pas le temps", "no time"),
        "resident_asked_not_to" => {
            ("bewoner vroeg het niet te doen", "à la demande du résident", "the resident asked not to")
        }
        "not_serious" => ("niet ernstig", "pas grave", "not serious"),
        "fear" => ("uit vrees", "par crainte", "out of fear"),
        _ => ("andere", "autre", "other"),
    };
    Texts { nl, fr, en }
}

/// What people call a share of the input that is missing.
pub(super) fn missing(name: &str) -> Texts {
    let (nl, fr, en) = match name {
        "type_unknown" => ("soort onbekend", "type inconnu", "type unknown"),
        "time_unknown" => ("tijdstip onbekend", "moment inconnu", "time unknown"),
        "minors_unknown" => (
            "onbekend of er minderjarigen bij waren",
            "mineurs : inconnu",
            "unknown whether minors were involved",
        ),
        "exposure_interpolated" => {
            ("bezetting geïnterpoleerd", "occupation interpolée", "occupancy interpolated")
        }
        "centres_without_exposure" => (
            "centra zonder bezettingscijfers",
            "centres sans chiffres d'occupation",
            "centres without occupancy figures",
        ),
        "centres_without_register_entry" => (
            "centra zonder iets in het register",
            "centres sans rien au registre",
            "centres with nothing in the register",
        ),
        "numbers_in_no_series" => ("nummers in geen reeks", "numéros hors série", "numbers in no series"),
        "without_reason" => ("zonder reden", "sans raison", "without a reason"),
        "judged_once" => ("maar één keer ingeschat", "évalué une seule fois", "assessed only once"),
        "level_unknown" => ("niveau onbekend", "niveau inconnu", "level unknown"),
        _ => ("andere", "autre", "other"),
    };
    Texts { nl, fr, en }
}
