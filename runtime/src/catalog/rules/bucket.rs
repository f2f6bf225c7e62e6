//! How a bucket is found whose bound is written in more than one way.

/// The matcher of the bucket with this bound: formats write `1`, `1.0` and `1e+06` for bounds that are the same.
pub(super) fn matcher(bound: f64) -> String {
    let plain = format!("{bound}");
    let whole = if plain.contains('.') { None } else { Some(format!("{plain}.0")) };
    let mut spellings: Vec<String> = [Some(plain), whole, exponent(bound)].into_iter().flatten().collect();
    spellings.dedup();
    match spellings.as_slice() {
        [only] => format!("le=\"{only}\""),
        several => {
            let several: Vec<String> = several.iter().map(|it| it.replace('.', "[.]").replace('+', "[+]")).collect();
            format!("le=~\"{}\"", several.join("|"))
        }
    }
}

/// The way of Go, where numbers are as small or as large as this.
fn exponent(bound: f64) -> Option<String> {
    let is_far = bound != 0.0 && !(1e-4..1e6).contains(&bound.abs());
    let text = is_far.then(|| format!("{bound:e}"))?;
    let (digits, exponent) = text.split_once('e')?;
    let (sign, exponent) = exponent.strip_prefix('-').map_or(('+', exponent), |exponent| ('-', exponent));
    Some(format!("{digits}e{sign}{exponent:0>2}"))
}

#[cfg(test)]
mod tests {
    use super::matcher;

    #[test]
    fn a_bound_is_found_however_it_is_written() {
        for (bound, expected) in [
            (0.25, "le=\"0.25\""),
            (1.0, "le=~\"1|1[.]0\""),
            (10.0, "le=~\"10|10[.]0\""),
            (0.00001, "le=~\"0[.]00001|1e-05\""),
            (1_048_576.0, "le=~\"1048576|1048576[.]0|1[.]048576e[+]06\""),
        ] {
            assert_eq!(matcher(bound), expected);
        }
    }
}
