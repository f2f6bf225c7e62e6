//! Objectives whose threshold has to be a bucket of the histogram as settings have made it: without that bucket, how many
//! calls were quick enough would be a guess.

use crate::{
    Error,
    call::site::{Metric, Site},
    error::Kind,
    metric::{
        bounds::{self, Ladder},
        matcher::Ladders,
    },
    recorder::sites::in_force,
};

/// Fails if a site's histogram has no bucket that ends at the threshold of its objective. Native buckets are only where the
/// recorder `has_natives`.
pub(crate) fn check(sites: &[Site], ladders: &Ladders, has_natives: bool) -> Result<(), Error> {
    let mut problems: Vec<String> = sites
        .iter()
        .filter_map(|site| {
            let metric = site.timer_metric()?;
            problem(&metric, ladders, has_natives)
                .map(|problem| format!("{}:{}: {problem}", site.source.file, site.source.line))
        })
        .collect();
    if problems.is_empty() {
        return Ok(());
    }
    // The order in which sites are linked means nothing.
    problems.sort();
    Err(Error::new(Kind::Setting, problems.join("; ")))
}

fn problem(metric: &Metric<'_>, ladders: &Ladders, has_natives: bool) -> Option<String> {
    let slo = metric.slo()?;
    let name = metric.name();
    let bounds = match in_force(&name, metric.buckets, ladders) {
        Ladder::OfUnit => bounds::SECONDS,
        Ladder::Bounds(bounds) | Ladder::Both(bounds, _) => bounds,
        Ladder::Native(_) if !has_natives => bounds::SECONDS,
        Ladder::Native(_) => {
            slo.latency?;
            return Some(format!(
                "objective `{}` has a latency, and a setting gives `{name}` native buckets, of which none ends there; leave \
                 that metric out of the setting, or give it `bounds` with the latency",
                slo.name
            ));
        }
    };
    let missing = slo.without_bucket(bounds)?;
    let missing = missing.as_str().replacen("the histogram", &format!("`{name}`"), 1);
    Some(if metric.buckets == Ladder::OfUnit {
        format!(
            "{missing}, give the function a `name` and `buckets` with it, or set them for all functions: [[buckets]] with \
             match = \"{name}\" and bounds = [..]"
        )
    } else {
        format!("{missing}, or add it to the `bounds` of the [[buckets]] that overrides them")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Slo,
        call::site::{Declaration, Source, Timed},
        metric::{
            bounds::{Buckets, Native},
            matcher::{Matcher, Told},
            name::Name,
        },
        slo::ms,
    };

    const QUICK: Slo = Slo::new("quick").latency(ms(75), 99.0);
    const SHARED: &str = "function_calls_duration_seconds";
    const OWN: Timed = Timed::new(Name::timer("pay_seconds"), "").buckets(&[0.075, 1.0]).slo(QUICK);

    fn site(timed: Timed) -> Site {
        let source = Source::new("shop", "shop", "src/shop.rs", 7, "pay");
        Site::leaked(source, Declaration::new().timer(timed))
    }

    fn ladders(name: &str, buckets: Buckets, overrides: bool) -> Ladders {
        let mut ladders = Ladders::default();
        ladders.tell(Told { matcher: Matcher::Full(name.to_owned()), buckets, overrides });
        ladders
    }

    fn problem(timed: Timed, ladders: &Ladders) -> String {
        let error = check(&[site(timed)], ladders, true).expect_err("the threshold is no bucket");
        assert!(error.is_setting());
        error.to_string()
    }

    #[test]
    fn a_threshold_of_the_shared_histogram_is_a_bucket_by_a_setting() {
        let shared = Timed::FUNCTION.slo(QUICK);
        assert_eq!(
            problem(shared, &Ladders::default()),
            "src/shop.rs:7: objective `quick`: its latency of 75 ms is no bucket of `function_calls_duration_seconds`; take \
             50 ms or 100 ms, give the function a `name` and `buckets` with it, or set them for all functions: [[buckets]] \
             with match = \"function_calls_duration_seconds\" and bounds = [..]"
        );
        let set = |bounds: &[f64]| ladders(SHARED, Buckets::Bounds(bounds.to_vec()), false);
        check(&[site(shared)], &set(&[0.075, 1.0]), true).expect("it is a bucket now");
        assert!(problem(shared, &set(&[0.05, 1.0])).contains("take 50 ms or 1 s"));
        assert!(problem(shared, &ladders(SHARED, Buckets::Native(Native::new()), false)).contains("native buckets"));
    }

    #[test]
    fn a_setting_that_overrides_buckets_keeps_the_threshold() {
        check(&[site(OWN)], &Ladders::default(), true).expect("it is declared");
        let other = || Buckets::Bounds(vec![0.1, 1.0]);
        check(&[site(OWN)], &ladders("pay_seconds", other(), false), true).expect("the declared ones count");
        let problem = problem(OWN, &ladders("pay_seconds", other(), true));
        assert!(problem.contains("`pay_seconds`") && problem.contains("[[buckets]] that overrides"), "{problem}");
    }
}
