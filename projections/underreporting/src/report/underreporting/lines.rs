//! The report as lines.

use super::Underreporting;
use crate::estimators::Answer;
use crate::estimators::proportion::Proportion;
use crate::estimators::two_lists::Total;
use crate::lists::List;
use crate::report::{About, Figure, Line, Lines};

impl Lines for Underreporting {
    fn about(&self) -> &About {
        &self.about
    }

    fn lines(&self) -> Vec<Line> {
        let observed = &self.observed;
        let mut lines = vec![
            Line::new("due").count(observed.due),
            Line::new("registered").count(observed.registered),
            Line::new("unregistered").count(observed.unregistered),
            Line::new("reasoned").count(observed.reasoned),
            Line::new("undecided").count(observed.undecided),
            Line::new("not_due").count(self.not_due),
            Line::new("late").count(self.late),
            Line::new("not_reportable").count(self.not_reportable),
            Line::new("happened_elsewhere").count(self.happened_elsewhere),
            gap(Line::new("observed_gap"), &observed.gap),
            total(Line::new("estimated_total"), &self.total),
            match &self.completeness.answer {
                Answer::Estimate(share) => {
                    Line::new("completeness").value(share.share).interval(share.interval)
                }
                Answer::Refusal(refusal) => Line::new("completeness").refused(refusal),
            }
            .of(&self.completeness),
            match &self.models.answer {
                Answer::Estimate(selected) => Line {
                    n: Some(selected.observed),
                    ..Line::new("estimated_total")
                        .part("model", &selected.terms.join(","))
                        .value(selected.estimate)
                        .interval(selected.interval)
                },
                Answer::Refusal(refusal) => {
                    Line::new("estimated_total").part("model", "best_bic").refused(refusal)
                }
            }
            .of(&self.models),
            match &self.at_least.answer {
                Answer::Estimate(bound) => {
                    Line::new("at_least").value(bound.at_least).interval(bound.interval)
                }
                Answer::Refusal(refusal) => Line::new("at_least").refused(refusal),
            }
            .of(&self.at_least),
            match &self.agreement.answer {
                Answer::Estimate(kappa) => Line {
                    n: Some(kappa.pairs),
                    ..Line::new("agreement").value(kappa.kappa).interval(kappa.interval)
                },
                Answer::Refusal(refusal) => Line::new("agreement").refused(refusal),
            }
            .of(&self.agreement),
        ];
        lines.extend(
            self.histories
                .iter()
                .map(|(history, cell)| Line::new("captured").part("history", history).count(*cell)),
        );
        lines.extend(self.pairs.iter().map(|pair| {
            let lists = pair.lists.map(List::name).join("+");
            total(Line::new("estimated_total").part("lists", &lists), &pair.total)
        }));
        lines.extend(self.by_list.iter().flat_map(|one| {
            let line = |figure: &str| Line::new(figure).part("list", one.list.name());
            let share = match &one.share.answer {
                Answer::Estimate(share) => line("share_of_total").value(share.share).interval(share.interval),
                Answer::Refusal(refusal) => line("share_of_total").refused(refusal),
            };
            [line("captured").count(one.captured), share.of(&one.share)]
        }));
        for breakdown in &self.by {
            lines.extend(breakdown.parts.iter().flat_map(|part| {
                let line = |figure: &str| Line::new(figure).part(breakdown.by, &part.part);
                [
                    line("due").count(part.due),
                    line("registered").count(part.registered),
                    line("unregistered").count(part.unregistered),
                    gap(line("observed_gap"), &part.gap),
                ]
            }));
        }
        lines
    }
}

fn gap(line: Line, figure: &Figure<Proportion>) -> Line {
    let line = match &figure.answer {
        Answer::Estimate(gap) => Line { n: Some(gap.n), ..line.value(gap.share).interval(gap.interval) },
        Answer::Refusal(refusal) => line.refused(refusal),
    };
    line.of(figure)
}

fn total(line: Line, figure: &Figure<Total>) -> Line {
    let line = match &figure.answer {
        Answer::Estimate(total) => {
            Line { n: Some(total.observed), ..line.value(total.estimate).interval(total.interval) }
        }
        Answer::Refusal(refusal) => line.refused(refusal),
    };
    line.of(figure)
}
