//! Puts the figures of a run into docs/PERFORMANCE.md.

use std::{error::Error, fs};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/PERFORMANCE.md");

/// The lines between which the figures stand.
const BEGIN: &str = "<!-- figures: ./scripts/bench --write -->\n";
const END: &str = "<!-- end of figures -->";

/// Replaces the figures on the page.
pub(crate) fn refresh(figures: &str) -> Result<(), Box<dyn Error>> {
    let page = fs::read_to_string(PAGE)?;
    let page = replaced(&page, figures).ok_or_else(|| format!("{PAGE} has no lines `{}` and `{END}`", BEGIN.trim()))?;
    Ok(fs::write(PAGE, page)?)
}

fn replaced(page: &str, figures: &str) -> Option<String> {
    let (before, rest) = page.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n{figures}{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_around_the_figures_stays() {
        let page = format!("a\n{BEGIN}old\n{END}\nb\n");
        let new = replaced(&page, "new\n\n").expect("both lines are there");
        assert_eq!(new, format!("a\n{BEGIN}\nnew\n\n{END}\nb\n"));
        assert_eq!(replaced(&new, "new\n\n"), Some(new));
    }
}
