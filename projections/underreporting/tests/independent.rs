//! Sparse tables of our own against an independent implementation: the linear programme of Fienberg & Rinaldo over all parameters
//! (scipy's HiGHS), the rank of the design (numpy) and Newton's method, written in Python without a look at this code.

use nabij_underreporting::estimators::Level;
use nabij_underreporting::estimators::loglinear::Histories;
use nabij_underreporting::estimators::loglinear::profile::{profile, regal_hook};
use nabij_underreporting::estimators::loglinear::select::{Criterion, compare};

/// Counts of the cells 1, 2, 12, 3, ...; how many models there are, have an estimate, have no maximum, are not identifiable; the best
/// by BIC with its estimate, deviance, degrees of freedom, AIC and BIC.
type Case = (&'static [u64], [usize; 4], Option<(&'static [&'static str], [f64; 5])>);

const CASES: [(&str, usize, Case); 8] = [
    (
        "lists 1 and 3 share nothing",
        3,
        (
            &[9, 8, 3, 7, 0, 4, 0],
            [8, 6, 1, 1],
            Some((&["13", "2"], [49.285_714_286, 0.350_510_238, 2.0, 28.407_442_558, 35.577_378_580])),
        ),
    ),
    (
        "lists 1 and 2 share nothing",
        3,
        (
            &[20, 15, 0, 12, 6, 5, 0],
            [8, 6, 1, 1],
            Some((&["12", "3"], [96.181_818_182, 0.022_926_982, 2.0, 30.896_568_247, 41.198_783_300])),
        ),
    ),
    (
        "a list inside two others",
        3,
        (
            &[10, 8, 4, 0, 3, 2, 5],
            [8, 4, 4, 0],
            Some((&["13", "23"], [52.0, 1.632_274_230, 1.0, 34.079_446_634, 42.873_862_051])),
        ),
    ),
    ("identical lists", 3, (&[0, 0, 0, 0, 0, 0, 9], [8, 0, 8, 0], None)),
    (
        "a list without units",
        3,
        (
            &[9, 8, 4, 0, 0, 0, 0],
            [8, 4, 0, 4],
            Some((&["1", "2", "3"], [39.0, 0.0, 3.0, 19.257_506_478, 23.435_596_229])),
        ),
    ),
    (
        "many cells empty",
        4,
        (
            &[3, 2, 0, 4, 1, 0, 1, 2, 0, 1, 0, 0, 2, 0, 1],
            [113, 73, 40, 0],
            Some((
                &["1", "2", "3", "4"],
                [21.105_328_263, 13.991_478_078, 10.0, 46.090_192_973, 50.256_259_693],
            )),
        ),
    ),
    (
        "two of four lists identical",
        4,
        (
            &[0, 0, 2, 7, 0, 0, 1, 6, 0, 0, 7, 5, 0, 0, 6],
            [113, 32, 81, 0],
            Some((
                &["1", "2", "3", "4"],
                [35.654_183_709, 55.612_456_235, 10.0, 88.636_705_093, 96.268_507_716],
            )),
        ),
    ),
    (
        "two of four lists disjoint",
        4,
        (
            &[6, 4, 0, 7, 5, 3, 0, 6, 4, 2, 0, 5, 3, 1, 0],
            [113, 108, 1, 4],
            Some((&["12", "3", "4"], [56.0, 0.494_328_107, 9.0, 47.706_796_647, 58.678_645_026])),
        ),
    ),
];

fn table(lists: usize, cells: &[u64]) -> Histories {
    let rows: Vec<(Vec<bool>, u64)> = (1..1_usize << lists)
        .zip(cells)
        .map(|(cell, count)| ((0..lists).map(|list| cell >> list & 1 == 1).collect(), *count))
        .collect();
    Histories::of(lists, &rows).expect("a table")
}

#[test]
fn intervals_of_one_model_are_those_that_another_implementation_finds() {
    // Newton's method and bisection over the units on no list, in Python: estimate, profile and Regal-Hook limits.
    let cases: [(&[u64], &str, [f64; 5]); 4] = [
        (
            &[60, 50, 13, 40, 11, 9, 4],
            "1,2,3",
            [392.525_447, 316.831_387, 501.726_595, 318.679_975, 505.071_678],
        ),
        (&[60, 50, 13, 40, 11, 9, 4], "12,3", [392.0, 301.535_289, 538.830_841, 304.193_674, 544.825_176]),
        (
            &[30, 22, 4, 17, 9, 3, 2],
            "1,2,3",
            [175.209_026, 130.871_183, 250.058_333, 132.452_541, 253.761_456],
        ),
        (&[30, 22, 4, 17, 9, 3, 2], "12,3", [155.0, 114.705_459, 230.234_840, 116.591_474, 235.773_870]),
    ];
    for (cells, terms, known) in cases {
        let table = table(3, cells);
        let compared = compare(&table);
        let fitted = compared.fitted().find(|fitted| fitted.model.terms().join(",") == terms).unwrap();
        let (likely, fits) = (profile(&table, fitted, Level::P95), regal_hook(&table, fitted, Level::P95));
        let (upper, fits_upper) = (likely.upper.unwrap(), fits.upper.unwrap());
        let found = [fitted.estimate, likely.lower, upper, fits.lower, fits_upper];
        let near = found.iter().zip(known).all(|(found, known)| (found - known).abs() < 1e-3);
        assert!(near, "{cells:?} [{terms}]: {found:?} is not {known:?}");
    }
}

#[test]
fn sparse_tables_have_the_models_and_figures_that_another_implementation_finds() {
    for (name, lists, (cells, counts, best)) in CASES {
        let compared = compare(&table(lists, cells));
        let failed = || compared.models.iter().filter_map(|(_, fitted)| fitted.as_ref().err());
        let found = [
            compared.models.len(),
            compared.fitted().count(),
            failed().filter(|check| !check.exists).count(),
            failed().filter(|check| !check.identifiable).count(),
        ];
        assert_eq!(found, counts, "{name}");
        let found = compared.best(Criterion::Bic);
        assert_eq!(
            found.map(|found| found.model.terms()),
            best.map(|best| best.0.iter().map(|term| (*term).to_owned()).collect()),
            "{name}"
        );
        for (found, (_, [estimate, deviance, df, aic, bic])) in found.into_iter().zip(best) {
            let figures = [
                (found.estimate, estimate),
                (found.deviance, deviance),
                (f64::from(u32::try_from(found.df).unwrap()), df),
                (found.aic, aic),
                (found.bic, bic),
            ];
            assert!(figures.iter().all(|(found, known)| (found - known).abs() < 1e-6), "{name}: {figures:?}");
        }
    }
}
