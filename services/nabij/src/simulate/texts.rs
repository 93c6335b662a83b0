//! What staff write, in the language of the centre. Short, plain, and about nobody.

use super::rng::Chance;

/// What a text is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Topic {
    Contact,
    Occurrence,
    Worry,
    Strength,
    Assessment,
    Feedback,
    NotRegistered,
    Dismissal,
    Plan,
    PlanOutcome,
    Need,
    Decision,
    Reason,
    View,
    Handover,
    Guidance,
    Trigger,
    Concern,
    Answer,
    OwnWords,
}

/// A language of the network's teams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tongue {
    Nl,
    Fr,
    En,
}

/// A text; one in fifteen is in English, as in any team with colleagues from elsewhere.
pub(super) fn about(topic: Topic, tongue: Tongue, chance: &mut Chance) -> String {
    let tongue = if chance.happens(1.0 / 15.0) { Tongue::En } else { tongue };
    (*chance.one(templates(topic, tongue))).to_owned()
}

#[rustfmt::skip]
fn templates(topic: Topic, tongue: Tongue) -> &'static [&'static str] {
    use Tongue::{En, Fr, Nl};
    match (topic, tongue) {
        (Topic::Contact, Nl) => &["Kort gesproken bij het onthaal.", "Kwam langs voor de post, oogde moe.", "Samen de brief van school gelezen.", "Vertelde over het weekend bij vrienden."],
        (Topic::Contact, Fr) => &["Bref échange à l'accueil.", "Est passé pour le courrier, semblait fatigué.", "Lu ensemble la lettre de l'école.", "A parlé du week-end chez des amis."],
        (Topic::Contact, En) => &["Short talk at the desk.", "Came for the mail, looked tired.", "Read the letter of the school together."],
        (Topic::Occurrence, Nl) => &["Geroep op de gang, daarna duwen en trekken. Uit elkaar gehaald.", "Vertelde dat het gisteravond weer gebeurd is.", "Gezien bij de refter, niemand gewond maar wel bang.", "Was in tranen en wou niet zeggen waarom."],
        (Topic::Occurrence, Fr) => &["Cris dans le couloir, puis des coups. Séparés.", "A raconté que cela s'est encore produit hier soir.", "Vu près du réfectoire, personne de blessé mais de la peur.", "En larmes, ne voulait pas dire pourquoi."],
        (Topic::Occurrence, En) => &["Shouting in the corridor, then pushing. Separated.", "Told that it happened again last night."],
        (Topic::Worry, Nl) => &["Blijft al dagen op de kamer.", "Eet weinig en komt niet meer naar de les.", "Slaapt slecht, wacht op nieuws van de familie."],
        (Topic::Worry, Fr) => &["Reste dans sa chambre depuis des jours.", "Mange peu et ne vient plus au cours.", "Dort mal, attend des nouvelles de sa famille."],
        (Topic::Worry, En) => &["Has stayed in the room for days.", "Eats little and comes to class no more."],
        (Topic::Strength, Nl) => &["Hielp een nieuwe bewoner met de was en de weg.", "Leidde de voetbaltraining van de kleintjes.", "Is geslaagd voor de taaltest en straalde."],
        (Topic::Strength, Fr) => &["A aidé un nouveau résident à trouver son chemin.", "A animé l'entraînement de foot des petits.", "A réussi le test de langue, rayonnant."],
        (Topic::Strength, En) => &["Helped a new resident to find the way.", "Passed the language test and beamed."],
        (Topic::Assessment, Nl) => &["Met collega van de nacht nagegaan, klopt.", "Moeilijk te zeggen, opvolgen."],
        (Topic::Assessment, Fr) => &["Vérifié avec la collègue de nuit, c'est exact.", "Difficile à dire, à suivre."],
        (Topic::Assessment, En) => &["Checked with the night shift, it is so.", "Hard to say, keep an eye on it."],
        (Topic::Feedback, Nl) => &["Gezegd wat het team ermee doet en wanneer.", "Bedankt voor het melden; gesprek heeft plaatsgevonden."],
        (Topic::Feedback, Fr) => &["Expliqué ce que l'équipe en fait et quand.", "Remercié pour le signalement ; l'entretien a eu lieu."],
        (Topic::Feedback, En) => &["Told what the team does with it and when."],
        (Topic::NotRegistered, Nl) => &["Met beide gezinnen uitgesproken.", "Niet duidelijk wie dit moet invoeren."],
        (Topic::NotRegistered, Fr) => &["Réglé avec les deux familles.", "Pas clair qui doit l'encoder."],
        (Topic::NotRegistered, En) => &["Settled with both families."],
        (Topic::Dismissal, Nl) => &["Bleek een misverstand, iedereen gehoord."],
        (Topic::Dismissal, Fr) => &["C'était un malentendu, tout le monde a été entendu."],
        (Topic::Dismissal, En) => &["It was a misunderstanding, everybody was heard."],
        (Topic::Plan, Nl) => &["Tweemaal per week even binnenlopen.", "Kamer in een rustiger gang zoeken.", "Sportclub in de buurt opbellen."],
        (Topic::Plan, Fr) => &["Passer deux fois par semaine.", "Chercher une chambre dans un couloir plus calme.", "Appeler le club de sport du quartier."],
        (Topic::Plan, En) => &["Drop in twice a week.", "Look for a room in a quieter corridor."],
        (Topic::PlanOutcome, Nl) => &["Gedaan, gaat beter.", "Gedaan, blijven volgen."],
        (Topic::PlanOutcome, Fr) => &["Fait, cela va mieux.", "Fait, on continue à suivre."],
        (Topic::PlanOutcome, En) => &["Done, better now."],
        (Topic::Need, Nl) => &["Rust, en iemand die de taal spreekt.", "Duidelijkheid over de procedure."],
        (Topic::Need, Fr) => &["Du calme et quelqu'un qui parle la langue.", "De la clarté sur la procédure."],
        (Topic::Need, En) => &["Quiet, and somebody who speaks the language."],
        (Topic::Decision, Nl) => &["Individuele begeleider spreekt deze week met beiden.", "Huisarts contacteren en opnieuw bespreken."],
        (Topic::Decision, Fr) => &["La référente parle aux deux cette semaine.", "Contacter le médecin et en reparler."],
        (Topic::Decision, En) => &["The companion talks to both this week."],
        (Topic::Reason, Nl) => &["Dichter bij familie en school.", "Nood aan meer gespecialiseerde begeleiding."],
        (Topic::Reason, Fr) => &["Plus près de la famille et de l'école.", "Besoin d'un accompagnement plus spécialisé."],
        (Topic::Reason, En) => &["Closer to family and school."],
        (Topic::View, Nl) => &["Wil graag, maar pas na de examens.", "Twijfelt, wil vrienden niet kwijt."],
        (Topic::View, Fr) => &["Est d'accord, mais après les examens.", "Hésite, ne veut pas perdre ses amis."],
        (Topic::View, En) => &["Agrees, but only after the exams."],
        (Topic::Handover, Nl) => &["Sterk in taal; op rustige momenten aanspreken; afspraak bij de tandarts loopt."],
        (Topic::Handover, Fr) => &["Fort en langues ; aborder dans un moment calme ; rendez-vous dentiste en cours."],
        (Topic::Handover, En) => &["Good at languages; talk in a quiet moment; an appointment with the dentist is due."],
        (Topic::Guidance, Nl) => &["Eerst kloppen en wachten.", "Even buiten wandelen helpt."],
        (Topic::Guidance, Fr) => &["Frapper et attendre.", "Marcher un peu dehors aide."],
        (Topic::Guidance, En) => &["Knock and wait.", "A short walk outside helps."],
        (Topic::Trigger, Nl) => &["Dichtslaande deuren.", "Uniformen."],
        (Topic::Trigger, Fr) => &["Les portes qui claquent.", "Les uniformes."],
        (Topic::Trigger, En) => &["Slamming doors."],
        (Topic::Concern, Nl) => &["Nachtploeg is al weken onderbezet.", "Geen rustige ruimte voor gesprekken."],
        (Topic::Concern, Fr) => &["L'équipe de nuit est en sous-effectif depuis des semaines.", "Pas de local calme pour les entretiens."],
        (Topic::Concern, En) => &["The night shift has been short for weeks."],
        (Topic::Answer, Nl) => &["Interim vanaf volgende maand goedgekeurd."],
        (Topic::Answer, Fr) => &["Intérim approuvé à partir du mois prochain."],
        (Topic::Answer, En) => &["Temporary staff approved from next month."],
        (Topic::OwnWords, Nl) => &["Ik wil gewoon dat iemand het weet.", "Ik voel me hier veilig, behalve 's avonds."],
        (Topic::OwnWords, Fr) => &["Je veux juste que quelqu'un le sache.", "Je me sens en sécurité ici, sauf le soir."],
        (Topic::OwnWords, En) => &["I just want somebody to know."],
    }
}
