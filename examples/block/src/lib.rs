//! All that an AI block can do with metrics, by tachometer's public interface: the README says what and why.
//!
//! ```
//! use std::time::Duration;
//!
//! use block::{Block, BlockConfig};
//!
//! let config = BlockConfig { host: "127.0.0.1".to_owned(), port: 0, redis: None, ..BlockConfig::default() };
//! let block = Block::new(config)?;
//! let address = block.start_http()?;
//! block.record_task_done("success", Some(0.25), Some(3))?;
//! block.register_counter("tokens_total", "Tokens.")?;
//! block.update_counter("tokens_total", Some(1.5), &[("model", "small")])?;
//! block.rolling().observe_in("model", "tokens", 1.5, Some(Duration::from_secs(60)))?;
//!
//! let document = block.snapshot().expect("it has been started");
//! assert_eq!(document["metrics"]["tokens_total{model=small}"], 1.5);
//! assert_eq!(document["metrics"]["aios_latency_seconds_bucket{le=0.5}"], 1);
//! assert_eq!(document["rolling"]["model.tokens"]["average_1m"], 1.5);
//! println!("http://{address}/metrics");
//! block.shutdown(Duration::from_secs(5))?;
//! # Ok::<(), block::Failure>(())
//! ```

mod block;
mod config;
mod document;
mod rolling;

pub use crate::{
    block::{Block, Labels},
    config::{BlockConfig, RedisConfig},
    rolling::Windows,
};

/// What a block cannot do, and what to do about it.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;
