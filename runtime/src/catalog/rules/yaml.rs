//! Rules as YAML. Texts are written as JSON writes them, which YAML reads.

use std::fmt::Write as _;

use super::{Alert, Group, Rule};

/// Appends a group, behind so many steps of indentation.
pub(super) fn group(group: &Group, depth: usize, out: &mut String) {
    let pad = "  ".repeat(depth);
    let mut line = |text: &str| {
        out.push_str(&pad);
        out.push_str(text);
        out.push('\n');
    };
    line(&format!("- name: {}", text(&group.name)));
    if let Some(seconds) = group.interval {
        line(&format!("  interval: {seconds}s"));
    }
    line("  rules:");
    for rule in &group.rules {
        match rule {
            Rule::Record { record, expr, labels } => {
                line(&format!("    - record: {record}"));
                line(&format!("      expr: {}", text(expr)));
                mapping("labels", labels, &mut line);
            }
            Rule::Alert(alert) => written(alert, &mut line),
        }
    }
}

fn written(alert: &Alert, line: &mut impl FnMut(&str)) {
    line(&format!("    - alert: {}", alert.name));
    line(&format!("      expr: {}", text(&alert.expr)));
    if alert.wait != "0s" {
        line(&format!("      for: {}", alert.wait));
    }
    if let Some(keep) = alert.keep {
        line(&format!("      keep_firing_for: {keep}"));
    }
    let mut labels = vec![("severity", alert.severity.as_str().to_owned())];
    labels.extend(alert.labels.iter().cloned());
    mapping("labels", &labels, line);
    mapping("annotations", &[("summary", alert.summary.clone()), ("action", alert.action.clone())], line);
}

fn mapping(name: &str, entries: &[(&'static str, String)], line: &mut impl FnMut(&str)) {
    if entries.is_empty() {
        return;
    }
    line(&format!("      {name}:"));
    for (key, value) in entries {
        line(&format!("        {key}: {}", text(value)));
    }
}

/// A text in quotes.
pub(super) fn text(value: &str) -> String {
    let mut text = String::from("\"");
    for c in value.chars() {
        match c {
            '"' => text += "\\\"",
            '\\' => text += "\\\\",
            '\n' => text += "\\n",
            // Writing to a string does not fail.
            c if c.is_control() => drop(write!(text, "\\u{:04x}", u32::from(c))),
            c => text.push(c),
        }
    }
    text.push('"');
    text
}
