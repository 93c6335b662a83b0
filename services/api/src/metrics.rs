//! Counts and durations of calls, in the text form of Prometheus.

use std::fmt::Write as _;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Upper bounds of the histogram, microseconds.
const BOUNDS: [u64; 12] =
    [500, 1_000, 2_000, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 5_000_000];
/// Statuses that this interface answers; any other is counted as 500.
const STATUSES: [u16; 22] = [
    200, 201, 204, 304, 400, 401, 403, 404, 405, 409, 412, 413, 415, 422, 429, 500, 503, 406, 408, 410, 414,
    431,
];

/// What happened to the calls of one route.
#[derive(Debug, Default)]
struct Calls {
    statuses: [AtomicU64; STATUSES.len()],
    buckets: [AtomicU64; BOUNDS.len() + 1],
    microseconds: AtomicU64,
}

/// What happened to all calls; atomics only, so that counting never waits.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    routes: OnceLock<Vec<(String, Calls)>>,
}

impl Metrics {
    /// Fixes the routes, `METHOD path` each; the last one counts what matched none.
    pub(crate) fn name(&self, routes: impl Iterator<Item = String>) {
        let named = || routes.chain(["none unmatched".into()]).map(|name| (name, Calls::default())).collect();
        self.routes.get_or_init(named);
    }

    /// Counts one call of the `route`th route; past the end, of none.
    pub(crate) fn record(&self, route: usize, status: u16, took: Duration) {
        let Some(routes) = self.routes.get() else { return };
        let Some((_, calls)) = routes.get(route).or(routes.last()) else { return };
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let status = STATUSES.iter().position(|known| *known == status).unwrap_or(15);
        let bucket = BOUNDS.iter().position(|bound| micros <= *bound).unwrap_or(BOUNDS.len());
        calls.statuses[status].fetch_add(1, Ordering::Relaxed);
        calls.buckets[bucket].fetch_add(1, Ordering::Relaxed);
        calls.microseconds.fetch_add(micros, Ordering::Relaxed);
    }

    /// Writes what was counted; routes that nobody called are left out.
    pub(crate) fn write(&self, text: &mut String) {
        let routes = self.routes.get().map_or(&[][..], Vec::as_slice);
        text.push_str("# HELP nabij_http_requests_total Calls by route and status.\n");
        text.push_str("# TYPE nabij_http_requests_total counter\n");
        for (name, calls) in routes {
            let (method, path) = name.split_once(' ').unwrap_or_default();
            for (status, count) in STATUSES.iter().zip(&calls.statuses) {
                let count = count.load(Ordering::Relaxed);
                if count > 0 {
                    let _ = writeln!(
                        text,
                        "nabij_http_requests_total{{method=\"{method}\",route=\"{path}\",status=\"{status}\"}} {count}"
                    );
                }
            }
        }
        text.push_str("# HELP nabij_http_request_seconds Time to the head of the answer.\n");
        text.push_str("# TYPE nabij_http_request_seconds histogram\n");
        for (name, calls) in routes {
            write_histogram(text, name, calls);
        }
    }
}

fn write_histogram(text: &mut String, name: &str, calls: &Calls) {
    let (method, path) = name.split_once(' ').unwrap_or_default();
    let labels = format!("method=\"{method}\",route=\"{path}\"");
    let counts: Vec<u64> = calls.buckets.iter().map(|bucket| bucket.load(Ordering::Relaxed)).collect();
    let total: u64 = counts.iter().sum();
    if total == 0 {
        return;
    }
    let mut below = 0;
    for (bound, count) in BOUNDS.iter().zip(&counts) {
        below += count;
        let seconds = Duration::from_micros(*bound).as_secs_f64();
        let _ = writeln!(text, "nabij_http_request_seconds_bucket{{{labels},le=\"{seconds}\"}} {below}");
    }
    let seconds = Duration::from_micros(calls.microseconds.load(Ordering::Relaxed)).as_secs_f64();
    let _ = writeln!(text, "nabij_http_request_seconds_bucket{{{labels},le=\"+Inf\"}} {total}");
    let _ = writeln!(text, "nabij_http_request_seconds_sum{{{labels}}} {seconds}");
    let _ = writeln!(text, "nabij_http_request_seconds_count{{{labels}}} {total}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_counted_once_in_every_series() {
        let metrics = Metrics::default();
        metrics.name(["GET /v1/cases".to_owned()].into_iter());
        metrics.record(0, 200, Duration::from_millis(3));
        metrics.record(0, 200, Duration::from_millis(7_000));
        metrics.record(9, 404, Duration::from_micros(10));
        let mut text = String::new();
        metrics.write(&mut text);
        for line in [
            r#"nabij_http_requests_total{method="GET",route="/v1/cases",status="200"} 2"#,
            r#"nabij_http_requests_total{method="none",route="unmatched",status="404"} 1"#,
            r#"nabij_http_request_seconds_bucket{method="GET",route="/v1/cases",le="0.002"} 0"#,
            r#"nabij_http_request_seconds_bucket{method="GET",route="/v1/cases",le="0.005"} 1"#,
            r#"nabij_http_request_seconds_bucket{method="GET",route="/v1/cases",le="+Inf"} 2"#,
            r#"nabij_http_request_seconds_sum{method="GET",route="/v1/cases"} 7.003"#,
        ] {
            assert!(text.lines().any(|written| written == line), "{line} is not in\n{text}");
        }
    }
}
