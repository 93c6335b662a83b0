//! What a director reads: one sentence in each language, written beforehand, numbers filled in.

use super::answer::TwoListTotal;
use crate::tables::estimate::Estimate;
use crate::text::said::FEW_OVERLAP;
use crate::text::{Sentence, Slot};

/// Of a total.
pub(super) fn total(observed: u64, total: &Estimate) -> Sentence {
    let whole = |value: f64| format!("{value:.0}");
    let (Some(estimate), Some(lower)) = (total.estimate.map(whole), total.lower.map(whole)) else {
        return refused(observed, total);
    };
    match total.upper.map(whole) {
        Some(upper) => Sentence {
            nl: format!(
                "Er zijn er {observed} gekend; naar schatting zijn het er in totaal {estimate} ({lower} tot {upper})."
            ),
            fr: format!(
                "On en connaît {observed} ; on estime qu'il y en a {estimate} au total (de {lower} à {upper})."
            ),
            en: format!(
                "{observed} are known; in all there are an estimated {estimate} ({lower} to {upper})."
            ),
        },
        None => Sentence {
            nl: format!(
                "Er zijn er {observed} gekend; naar schatting zijn het er in totaal {estimate}, minstens {lower}, zonder bovengrens."
            ),
            fr: format!(
                "On en connaît {observed} ; on estime qu'il y en a {estimate} au total, au moins {lower}, sans limite supérieure."
            ),
            en: format!(
                "{observed} are known; in all there are an estimated {estimate}, at least {lower}, without an upper limit."
            ),
        },
    }
}

/// Of a total from two lists, with what to read where they share little.
pub(super) fn of_two_lists(observed: u64, chapman: &TwoListTotal) -> Sentence {
    let said = total(observed, &chapman.total);
    if chapman.few_overlap && chapman.total.estimable {
        FEW_OVERLAP.fill(&[("said", Slot::Said(said))])
    } else {
        said
    }
}

/// Of a lower bound: never a total.
pub(super) fn at_least(observed: u64, bound: &Estimate) -> Sentence {
    let Some(least) = bound.estimate.map(|value| format!("{:.0}", value.floor())) else {
        return refused(observed, bound);
    };
    Sentence {
        nl: format!(
            "Er zijn er minstens {least}, van wie {observed} gekend; hoeveel meer, zegt deze tabel niet."
        ),
        fr: format!(
            "Il y en a au moins {least}, dont {observed} connus ; combien de plus, ce tableau ne le dit pas."
        ),
        en: format!(
            "There are at least {least}, of which {observed} are known; how many more this table does not say."
        ),
    }
}

fn refused(observed: u64, estimate: &Estimate) -> Sentence {
    let missing =
        |text: fn(&crate::text::Texts) -> &'static str| estimate.what_is_missing.as_ref().map_or("", text);
    Sentence {
        nl: format!(
            "Er zijn er {observed} gekend; hoeveel het er in totaal zijn, is niet te schatten. {}",
            missing(|t| t.nl)
        ),
        fr: format!(
            "On en connaît {observed} ; combien il y en a au total ne peut être estimé. {}",
            missing(|t| t.fr)
        ),
        en: format!(
            "{observed} are known; how many there are in all cannot be estimated. {}",
            missing(|t| t.en)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimators::{Interval, Level, Reason};

    #[test]
    fn a_bound_is_at_least_and_a_refusal_says_what_is_missing() {
        let estimate = Estimate::new(484.76, 82.0, Interval { lower: 372.4, upper: None, level: Level::P95 });
        let bound = at_least(180, &estimate);
        assert!(
            bound.en.contains("at least 484")
                && bound.nl.contains("minstens")
                && bound.fr.contains("au moins")
        );
        assert!(total(180, &estimate).en.contains("without an upper limit"));
        let none = total(180, &Estimate::refused(Reason::NoOverlap));
        assert!(none.en.starts_with("180 are known; how many there are in all cannot be estimated. Not one"));
    }
}
