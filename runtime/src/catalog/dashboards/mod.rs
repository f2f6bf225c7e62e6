//! Dashboards for Grafana, in its classic JSON: what every version imports and provisions.
//!
//! A panel is written only where the catalogue has its metrics. Nothing in them is of a moment: the same catalogue makes the
//! same bytes, whose identifiers stay when panels come and go around them as far as titles do.

mod board;

mod calls;

mod overview;

mod panel;

mod queries;

mod resources;

mod teams;

use self::{
    board::{Board, Row},
    panel::{Look, Panel},
};
use super::{Catalog, Options, files::File};

impl Catalog {
    /// Dashboards for Grafana, each with the name of a file: an overview, rate, errors and duration of functions, the
    /// stages that time is spent in, saturation, resources, what this crate says of itself, and one for each team.
    ///
    /// Each panel asks the data source that is chosen at the top, and no finer than the program is
    /// [scraped](Options::scrape_interval_seconds).
    #[must_use]
    pub fn dashboards(&self, options: &Options) -> Vec<File> {
        let mut boards = vec![overview::board(self, options)];
        boards.extend(calls::functions(self));
        boards.extend(calls::stages(self));
        boards.extend(calls::recorded(self));
        boards.extend(resources::boards(self));
        boards.extend(teams::boards(self));
        let files = boards.into_iter().filter(|board| !board.rows.is_empty());
        files.map(|board| File::new(format!("dashboards/{}.json", board.id), board.to_json(options))).collect()
    }
}

#[cfg(test)]
mod tests;
