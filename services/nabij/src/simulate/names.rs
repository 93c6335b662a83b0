//! Made-up names, so that a demonstration reads as real and nobody is meant.

use super::rng::Chance;

const FIRST: [&str; 32] = [
    "Amina", "Yusuf", "Layla", "Omar", "Zahra", "Karim", "Nasrin", "Farid", "Selam", "Abel", "Hana", "Dawit",
    "Aylin", "Emre", "Elif", "Baran", "Grace", "Patrice", "Aline", "Didier", "Hodan", "Abdi", "Ifrah",
    "Liban", "Camila", "Mateo", "Lucia", "Andrés", "Oksana", "Taras", "Daryna", "Bohdan",
];
const LAST: [&str; 24] = [
    "Rahimi",
    "Ahmadzai",
    "Haddad",
    "Nasser",
    "Khoury",
    "Saleh",
    "Tesfay",
    "Gebre",
    "Yılmaz",
    "Demir",
    "Ndayizeye",
    "Niyonzima",
    "Warsame",
    "Farah",
    "Morales",
    "Quispe",
    "Bondar",
    "Shevchuk",
    "Hakimi",
    "Sharif",
    "Habimana",
    "Kaya",
    "Osman",
    "Rojas",
];
const PLACES_NL: [&str; 16] = [
    "Lindenhof",
    "Ter Beke",
    "De Wissel",
    "Molenveld",
    "Hoogland",
    "De Brug",
    "Zandberg",
    "Kerkhove",
    "Bosrand",
    "Waterkant",
    "Heide",
    "Leieland",
    "De Vlinder",
    "Kempen",
    "Oosthoek",
    "Polder",
];
const PLACES_FR: [&str; 16] = [
    "Les Tilleuls",
    "Beau Site",
    "La Passerelle",
    "Haute Vallée",
    "Le Relais",
    "Bois Clair",
    "La Source",
    "Les Prés",
    "Mont Vert",
    "Le Verger",
    "Val d'Or",
    "Les Genêts",
    "La Colline",
    "Rive Gauche",
    "Le Moulin",
    "Grand Large",
];

/// A resident's name.
pub(super) fn resident(chance: &mut Chance) -> String {
    format!("{} {}", chance.one(&FIRST), chance.one(&LAST))
}

/// A number of the form by which the authorities know an applicant; none of it is real.
pub(super) fn official_number(chance: &mut Chance) -> String {
    format!("SIM {} {}", chance.between(1_000_000, 9_999_999), chance.between(10, 99))
}

/// The name of the centre with this number; each number has a name of its own.
pub(super) fn centre(number: usize, french: bool) -> String {
    let list = if french { &PLACES_FR } else { &PLACES_NL };
    let name = list[number % list.len()];
    let kind = if french { "Centre d'accueil" } else { "Opvangcentrum" };
    match number / list.len() {
        0 => format!("{kind} {name}"),
        round => format!("{kind} {name} {}", round + 1),
    }
}
