//! What can be done with files. Their content comes with the call: nobody gets at the files of this machine.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::Output;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Content {
    base64: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Plain {
    text: String,
}

pub(super) fn hash(input: &Content) -> Output {
    let content = STANDARD.decode(&input.base64).map_err(|error| format!("`base64` is not Base64: {error}"))?;
    let hash: String = Sha256::digest(&content).iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(json!({ "sha256": hash, "bytes": content.len() }))
}

pub(super) fn encode(input: &Plain) -> Output {
    Ok(json!({ "base64": STANDARD.encode(&input.text) }))
}
