//! A small cross-encoder: two transformer layers on the CPU, whose weights are fixed but not trained. It knows no text.

use std::{
    array,
    time::{Duration, Instant},
};

use ndarray::{Array1, Array2, ArrayView2, Axis, s};

use crate::{
    random::Random,
    tokenizer::{MAX_LENGTH, PADDING, VOCABULARY},
};

/// How many numbers stand for one token.
const WIDTH: usize = 32;

const HEADS: usize = 2;

const HEAD_WIDTH: usize = WIDTH / HEADS;

/// How wide a layer is between its two dense matrices.
const INNER_WIDTH: usize = 64;

const LAYERS: usize = 2;

/// How long it is warmed up.
const WARM_UP: Duration = Duration::from_millis(50);

const SEED: u64 = 20_240_601;

/// The weights.
pub(crate) struct Model {
    tokens: Array2<f32>,
    positions: Array2<f32>,
    layers: [Layer; LAYERS],
    classifier: Array1<f32>,
}

struct Layer {
    query: Array2<f32>,
    key: Array2<f32>,
    value: Array2<f32>,
    output: Array2<f32>,
    up: Array2<f32>,
    down: Array2<f32>,
}

impl Model {
    /// The same weights every time.
    pub(crate) fn load() -> Self {
        let random = &mut Random::seeded(SEED);
        Self {
            tokens: weights(random, VOCABULARY, WIDTH),
            positions: weights(random, MAX_LENGTH, WIDTH),
            layers: array::from_fn(|_| Layer::load(random)),
            classifier: weights(random, WIDTH, 1).remove_axis(Axis(1)),
        }
    }

    /// Calculates for a while, so that the first request finds caches filled and clock rates up.
    ///
    /// The process is then also old enough for its share of a CPU to be told, in whole ticks of 10 ms, from the first
    /// collection on.
    pub(crate) fn warm_up(&self) {
        let began = Instant::now();
        while began.elapsed() < WARM_UP {
            self.forward(&[&[PADDING; MAX_LENGTH]], MAX_LENGTH);
        }
    }

    /// How well each query is answered by its passage, from 0 to 1.
    ///
    /// All sequences are calculated as if they had this length, as they would be on a device that wants rectangles.
    pub(crate) fn forward(&self, sequences: &[&[u32]], length: usize) -> Vec<f32> {
        sequences.iter().map(|tokens| self.score(tokens, length)).collect()
    }

    fn score(&self, tokens: &[u32], length: usize) -> f32 {
        let padded = tokens.iter().copied().chain(std::iter::repeat(PADDING)).take(length);
        let rows: Vec<usize> = padded.map(|token| token as usize).collect();
        let mut hidden = self.tokens.select(Axis(0), &rows) + self.positions.slice(s![..length, ..]);
        for layer in &self.layers {
            hidden += &layer.attend(&normalized(&hidden), tokens.len());
            hidden += &normalized(&hidden).dot(&layer.up).mapv_into(|value| value.max(0.0)).dot(&layer.down);
        }
        let logit = normalized(&hidden).row(0).dot(&self.classifier);
        1.0 / (1.0 + (-logit).exp())
    }
}

impl Layer {
    fn load(random: &mut Random) -> Self {
        let [query, key, value, output] = array::from_fn(|_| weights(random, WIDTH, WIDTH));
        Self {
            query,
            key,
            value,
            output,
            up: weights(random, WIDTH, INNER_WIDTH),
            down: weights(random, INNER_WIDTH, WIDTH),
        }
    }

    /// Each token looks at the first `seen` ones: what follows is padding.
    fn attend(&self, input: &Array2<f32>, seen: usize) -> Array2<f32> {
        let (query, key, value) = (input.dot(&self.query), input.dot(&self.key), input.dot(&self.value));
        let mut mixed = Array2::zeros(input.raw_dim());
        for head in 0..HEADS {
            let columns = s![.., head * HEAD_WIDTH..(head + 1) * HEAD_WIDTH];
            let shares = shares(&query.slice(columns), &key.slice(columns), seen);
            mixed.slice_mut(columns).assign(&shares.dot(&value.slice(columns)));
        }
        mixed.dot(&self.output)
    }
}

/// How much each token takes of each other one: the softmax of their products.
fn shares(query: &ArrayView2<f32>, key: &ArrayView2<f32>, seen: usize) -> Array2<f32> {
    let mut shares = query.dot(&key.t()) / (HEAD_WIDTH as f32).sqrt();
    for mut row in shares.rows_mut() {
        row.slice_mut(s![seen..]).fill(f32::NEG_INFINITY);
        let most = row.fold(f32::NEG_INFINITY, |most, &value| most.max(value));
        row.mapv_inplace(|value| (value - most).exp());
        let sum = row.sum();
        row /= sum;
    }
    shares
}

/// Each row with mean 0 and variance 1.
fn normalized(hidden: &Array2<f32>) -> Array2<f32> {
    let mut rows = hidden.clone();
    for mut row in rows.rows_mut() {
        let mean = row.sum() / WIDTH as f32;
        row -= mean;
        let deviation = (row.dot(&row) / WIDTH as f32 + 1e-5).sqrt();
        row /= deviation;
    }
    rows
}

/// As Glorot and Bengio draw them, so that values neither vanish nor explode from layer to layer.
fn weights(random: &mut Random, rows: usize, columns: usize) -> Array2<f32> {
    let most = (6.0 / (rows.min(INNER_WIDTH) + columns) as f32).sqrt();
    Array2::from_shape_simple_fn((rows, columns), || random.around_zero(most))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: &[u32] = &[1, 40, 41, 2, 42, 2];
    const LONG: &[u32] = &[1, 7, 2, 9, 10, 11, 12, 13, 14, 15, 2];

    #[test]
    fn scores_are_the_same_in_every_run() {
        let scores = Model::load().forward(&[SHORT, LONG], LONG.len());
        assert_eq!(scores, Model::load().forward(&[SHORT, LONG], LONG.len()));
        assert!(scores.iter().all(|score| (0.01..0.99).contains(score)), "{scores:?}");
    }

    #[test]
    fn padding_does_not_change_a_score() {
        let model = Model::load();
        let alone = model.forward(&[SHORT], SHORT.len())[0];
        let beside = model.forward(&[LONG, SHORT], MAX_LENGTH)[1];
        assert!((alone - beside).abs() < 1e-5, "{alone} and {beside}");
    }

    #[test]
    fn every_token_and_its_place_matter() {
        let model = Model::load();
        let score = |tokens: &[u32]| model.forward(&[tokens], tokens.len())[0];
        assert!((score(SHORT) - score(&[1, 40, 41, 2, 43, 2])).abs() > 1e-4);
        assert!((score(SHORT) - score(&[1, 41, 40, 2, 42, 2])).abs() > 1e-4);
    }
}
